import { PLATFORMS } from '../../channels/channel.js';
import { Shown, ShownId, ShownText, ShownTime } from '../../platform/http/view.js';

export const STATUSES = ['open', 'pending', 'snoozed', 'resolved'] as const;

/** A conversation with its customer, as the hot queries select them. */
export interface ConversationRow {
  id: string;
  orgId: string;
  platform: string;
  oaId: string;
  integrationId: string | null;
  chatbotId: string | null;
  customerId: string;
  externalId: string;
  displayName: string | null;
  nickName: string | null;
  avatarUrl: string | null;
  accountId: string | null;
  assigneeId: string | null;
  status: string;
  unreadCount: number;
  lastMessageText: string | null;
  lastMessageDirection: string | null;
  lastMessageCreatedAt: string | null;
  lastActivityAt: string;
  createdAt: string;
  updatedAt: string;
}

export class ConversationCustomerView {
  @ShownId() id!: string;
  @Shown({ description: "The provider's id of this person, as the page knows them" }) externalId!: string;
  @ShownText() displayName!: string | null;
  @ShownText() nickName!: string | null;
  @ShownText() avatarUrl!: string | null;
}

export class LastMessageView {
  @ShownText() text!: string | null;
  @Shown({ type: String, enum: ['in', 'out'], nullable: true }) direction!: string | null;
  @ShownTime() createdAt!: string;
}

export class ConversationView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @Shown({ enum: PLATFORMS }) platform!: string;
  @Shown({ description: "The provider's id of the page" }) oaId!: string;
  @ShownId({ nullable: true }) integrationId!: string | null;
  @ShownId({ nullable: true }) chatbotId!: string | null;
  @Shown({ type: ConversationCustomerView }) customer!: ConversationCustomerView;
  @ShownId({ nullable: true }) accountId!: string | null;
  @ShownId({ nullable: true }) assigneeId!: string | null;
  @Shown({ enum: STATUSES }) status!: string;
  @Shown({ type: 'integer' }) unreadCount!: number;
  @Shown({ type: LastMessageView, nullable: true }) lastMessage!: LastMessageView | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class ReadView {
  @Shown({ type: 'integer', description: 'Messages that were unread until now' }) updated!: number;
}

export function toConversationView(row: ConversationRow): ConversationView {
  const { id, orgId, platform, oaId, integrationId, chatbotId, accountId, assigneeId, status, unreadCount } = row;
  const { customerId, externalId, displayName, nickName, avatarUrl, createdAt, updatedAt } = row;
  return {
    id,
    orgId,
    platform,
    oaId,
    integrationId,
    chatbotId,
    customer: { id: customerId, externalId, displayName, nickName, avatarUrl },
    accountId,
    assigneeId,
    status,
    unreadCount,
    lastMessage: lastMessageOf(row),
    createdAt,
    updatedAt,
  };
}

function lastMessageOf(row: ConversationRow): LastMessageView | null {
  const { lastMessageText: text, lastMessageDirection: direction, lastMessageCreatedAt: createdAt } = row;
  return createdAt === null ? null : { text, direction, createdAt };
}
