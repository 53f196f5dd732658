import type { UserModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownText, ShownTime } from '../../platform/http/view.js';

export class UserView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @ShownId({ description: 'What conversations and messages name as accountId' }) accountId!: string;
  @Shown() username!: string;
  @ShownText() email!: string | null;
  @ShownText() name!: string | null;
  @ShownText() phone!: string | null;
  @Shown({ enum: ['super_admin', 'admin', 'manager', 'agent'] }) role!: string;
  @Shown() isActive!: boolean;
  @ShownId({ nullable: true }) createdBy!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export function toUserView(user: UserModel): UserView {
  const { id, orgId, accountId, username, email, name, phone, role, isActive, createdBy } = user;
  const [createdAt, updatedAt] = [user.createdAt.toISOString(), user.updatedAt.toISOString()];
  return { id, orgId, accountId, username, email, name, phone, role, isActive, createdBy, createdAt, updatedAt };
}
