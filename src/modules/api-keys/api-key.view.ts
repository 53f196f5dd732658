import type { ApiKeyModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownTime } from '../../platform/http/view.js';

export class ApiKeyView {
  @ShownId() id!: string;
  @Shown() name!: string;
  @Shown({ description: 'The public beginning of the key, to recognize it by' }) prefix!: string;
  @Shown({ type: [String] }) scopes!: string[];
  @Shown() isActive!: boolean;
  @ShownTime({ nullable: true }) expiresAt!: string | null;
  @ShownTime({ nullable: true, description: 'To the minute' }) lastUsedAt!: string | null;
  @ShownId({ nullable: true }) createdBy!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class NewApiKeyView extends ApiKeyView {
  @Shown({ description: 'Shown this once' }) key!: string;
}

export function toApiKeyView(row: ApiKeyModel): ApiKeyView {
  const { id, name, prefix, scopes, isActive, createdBy } = row;
  const [expiresAt, lastUsedAt] = [row.expiresAt?.toISOString() ?? null, row.lastUsedAt?.toISOString() ?? null];
  const [createdAt, updatedAt] = [row.createdAt.toISOString(), row.updatedAt.toISOString()];
  return { id, name, prefix, scopes, isActive, expiresAt, lastUsedAt, createdBy, createdAt, updatedAt };
}
