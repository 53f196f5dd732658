import { PLATFORMS } from '../../channels/channel.js';
import type { CustomerModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownText, ShownTime } from '../../platform/http/view.js';

export class CustomerView {
  @ShownId() id!: string;
  @Shown({ enum: PLATFORMS }) platform!: string;
  @Shown({ description: "The provider's id of this person, as the page knows them" }) externalId!: string;
  @ShownText({ description: 'What the provider calls them' }) displayName!: string | null;
  @ShownText({ description: 'What the organization calls them' }) nickName!: string | null;
  @ShownText() avatarUrl!: string | null;
  @ShownText() email!: string | null;
  @ShownText() phone!: string | null;
  @ShownText() note!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export function toCustomerView(customer: CustomerModel): CustomerView {
  const { id, platform, externalId, displayName, nickName, avatarUrl, email, phone, note } = customer;
  const [createdAt, updatedAt] = [customer.createdAt.toISOString(), customer.updatedAt.toISOString()];
  return { id, platform, externalId, displayName, nickName, avatarUrl, email, phone, note, createdAt, updatedAt };
}
