import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { OutgoingAttachment, QuickReply, Template } from '../../channels/outgoing.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';

/** The first message of a conversation that waits to be sent, with everything that decides whether it can be. */
export interface Head {
  id: string;
  conversationId: string;
  text: string | null;
  attachments: OutgoingAttachment[];
  metadata: { template?: Template; quickReplies?: QuickReply[]; tag?: string };
  attempts: number;
  /** Times are ISO 8601. */
  attemptedAt: string | null;
  nextAttemptAt: string | null;
  /** The provider's ids of the parts that it has. */
  partIds: string[];
  replyTo: string | null;
  platform: string;
  oaId: string;
  customerExternalId: string;
  lastInboundAt: string | null;
  integrationId: string | null;
  integrationStatus: string | null;
  nextSendAt: string | null;
  organizationIsActive: boolean;
}

/** Whether something happened to a message before we knew its name, and whether another one waits behind it. */
export interface LeftOver {
  hasEarlyEvents: boolean;
  hasMore: boolean;
}

export const head = new PreparedStatement(
  (_, { orgId, conversationId }: Places<{ orgId: string; conversationId: string }>) => sql<Head>`
    SELECT m.id, m.conversation_id, m.text, m.attachments, m.metadata, m.attempts, m.attempted_at, m.next_attempt_at,
      m.part_ids, c.platform, c.oa_id, p.external_id AS customer_external_id, c.last_inbound_at, i.id AS integration_id,
      i.status AS integration_status, i.next_send_at, o.is_active AS organization_is_active,
      (SELECT r.provider_message_id FROM messages r
        WHERE r.org_id = ${orgId} AND r.id = (m.metadata -> 'replyTo' ->> 'messageId')::uuid) AS reply_to
    FROM messages m
    JOIN conversations c ON c.org_id = ${orgId} AND c.id = m.conversation_id
    JOIN customers p ON p.org_id = ${orgId} AND p.id = c.customer_id
    JOIN organizations o ON o.id = ${orgId}
    LEFT JOIN integrations i ON i.org_id = ${orgId} AND i.id = c.integration_id AND i.is_active
    WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId} AND m.status = 'queued'
    ORDER BY m.created_at, m.id LIMIT 1
    FOR NO KEY UPDATE OF m`,
);

interface Turn {
  orgId: string;
  integrationId: string;
  nextSendAt: Date;
}

const takeTurn = ({ orgId, integrationId, nextSendAt }: Places<Turn>) => sql`
    UPDATE integrations SET next_send_at = greatest(next_send_at, ${nextSendAt}::timestamptz)
    WHERE org_id = ${orgId} AND id = ${integrationId}::uuid`;

export const reserve = new PreparedStatement((_, turn: Places<Turn>) => takeTurn(turn));

/** One statement, so that it travels with the COMMIT. */
export const attempt = new PreparedStatement(
  (_, { orgId, id, now, ...turn }: Places<Turn & { id: string; now: Date }>) => sql`
    WITH turn AS (${takeTurn({ orgId, ...turn })})
    UPDATE messages SET attempts = attempts + 1, attempted_at = ${now}::timestamptz
    WHERE org_id = ${orgId} AND id = ${id}::uuid`,
);

interface Taken {
  orgId: string;
  id: string;
  partId: string;
  now: Date;
}

const withPart = (partId: RawBuilder<string>) =>
  sql`CASE WHEN ${partId} = ANY (m.part_ids) THEN m.part_ids ELSE m.part_ids || ${partId}::text END`;

export const part = new PreparedStatement(
  (_, { orgId, id, partId, now }: Places<Taken>) => sql`
    UPDATE messages m SET part_ids = ${withPart(partId)}, attempted_at = ${now}::timestamptz
    WHERE m.org_id = ${orgId} AND m.id = ${id}::uuid`,
);

export const sent = new PreparedStatement(
  (_, { orgId, id, conversationId, partId, now }: Places<Taken & { conversationId: string }>) => sql<{ id: string }>`
    WITH conversation AS (
      SELECT id, platform, oa_id, delivered_until, read_until FROM conversations
      WHERE org_id = ${orgId} AND id = ${conversationId}::uuid
      FOR NO KEY UPDATE
    ), twin AS (
      DELETE FROM messages other USING conversation
      WHERE other.org_id = ${orgId} AND other.platform = conversation.platform AND other.oa_id = conversation.oa_id
        AND other.provider_message_id = ${partId} AND other.id <> ${id}::uuid AND other.direction = 'out'
        AND other.account_id IS NULL AND other.client_message_id IS NULL
      RETURNING other.id
    )
    UPDATE messages m SET
      status = CASE WHEN m.created_at <= conversation.read_until THEN 'read'
        WHEN m.created_at <= conversation.delivered_until THEN 'delivered' ELSE 'sent' END,
      is_read = coalesce(m.created_at <= conversation.read_until, false),
      part_ids = ${withPart(partId)},
      provider_message_id = coalesce(m.provider_message_id, m.part_ids[1], ${partId}::text),
      error_code = NULL, error_message = NULL, attempted_at = NULL, updated_at = ${now}::timestamptz
    FROM conversation
    WHERE m.org_id = ${orgId} AND m.id = ${id}::uuid AND m.status IN ('queued', 'unconfirmed')
      AND (SELECT count(*) FROM twin) >= 0
    RETURNING m.id`,
);

interface Asked {
  orgId: string;
  conversationId: string;
  integrationId: string;
  partIds: string[];
}

export const leftOver = new PreparedStatement(
  (_, { orgId, conversationId, integrationId, partIds }: Places<Asked>) => sql<LeftOver>`
    SELECT EXISTS (
      SELECT FROM channel_events e
      WHERE e.org_id = ${orgId} AND e.integration_id = ${integrationId}::uuid
        AND e.awaited_message_id = ANY (${partIds}::text[])
    ) AS has_early_events, EXISTS (
      SELECT FROM messages m
      WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId}::uuid AND m.status = 'queued'
    ) AS has_more`,
);
