/** Rows to the contract's JSON, by hand. */

export interface ConversationRow {
  id: string;
  org_id: string;
  platform: string;
  oa_id: string;
  integration_id: string | null;
  chatbot_id: string | null;
  customer_id: string;
  external_id: string;
  display_name: string | null;
  nick_name: string | null;
  avatar_url: string | null;
  account_id: string | null;
  assignee_id: string | null;
  status: string;
  unread_count: number;
  last_message_text: string | null;
  last_message_direction: string | null;
  last_message_created_at: string | null;
  last_activity_at: string;
  created_at: string;
  updated_at: string;
}

export interface MessageRow {
  id: string;
  conversation_id: string;
  platform: string;
  oa_id: string;
  direction: string;
  sender_id: string;
  sender_type: string;
  text: string | null;
  attachments: unknown;
  status: string;
  error_code: string | null;
  error_message: string | null;
  is_read: boolean;
  provider_message_id: string | null;
  account_id: string | null;
  metadata: unknown;
  created_at: string;
  updated_at: string;
}

export function toPage<R extends { id: string }>(
  rows: R[],
  limit: number,
  at: (row: R) => string,
  map: (row: R) => object,
) {
  const shown = rows.length > limit ? rows.slice(0, limit) : rows;
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const nextCursor = last ? Buffer.from(`${at(last)} ${last.id}`).toString('base64url') : null;
  return { ok: true, data: shown.map(map), pagination: { limit, nextCursor } };
}

export function toConversation(row: ConversationRow): object {
  const lastMessage =
    row.last_message_created_at === null
      ? null
      : { text: row.last_message_text, direction: row.last_message_direction, createdAt: row.last_message_created_at };
  return {
    id: row.id,
    orgId: row.org_id,
    platform: row.platform,
    oaId: row.oa_id,
    integrationId: row.integration_id,
    chatbotId: row.chatbot_id,
    customer: {
      id: row.customer_id,
      externalId: row.external_id,
      displayName: row.display_name,
      nickName: row.nick_name,
      avatarUrl: row.avatar_url,
    },
    accountId: row.account_id,
    assigneeId: row.assignee_id,
    status: row.status,
    unreadCount: row.unread_count,
    lastMessage,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toMessage(row: MessageRow): object {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    platform: row.platform,
    oaId: row.oa_id,
    direction: row.direction,
    senderId: row.sender_id,
    senderType: row.sender_type,
    text: row.text,
    attachments: row.attachments,
    status: row.status,
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message } }),
    isRead: row.is_read,
    providerMessageId: row.provider_message_id,
    accountId: row.account_id,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
