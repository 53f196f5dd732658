import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { MessageEchoed } from '../../channels/channel-events.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { mayArrive } from './arrival.statements.js';
import type { Arrival, Arriving } from './arrival.statements.js';
import { asLastMessage, conversationOf } from './inbox.statements.js';

/** As CASE, so that Postgres looks the message up by its id, and not among all that are queued. */
const isUnderWay = sql`CASE m.status WHEN 'queued' THEN m.attempted_at IS NOT NULL ELSE false END`;

type Echoed = Arriving & Pick<MessageEchoed, 'ownMessageId'>;

/**
 * Somebody's message as the page: where it is not ours, people have the conversation. While we are sending one of ours, only
 * what the provider calls it is noted.
 */
export const echo = new PreparedStatement(
  (_, { orgId, id, customerExternalId, providerMessageId, text, now, ...value }: Places<Echoed>) => {
    const at = sql`${value.occurredAt}::timestamptz`;
    const reached = sql`CASE WHEN ${at} <= conversation.read_until THEN 'read'
      WHEN ${at} <= conversation.delivered_until THEN 'delivered' ELSE 'sent' END`;
    const isRead = sql`coalesce(${at} <= conversation.read_until, false)`;
    return sql<Arrival>`
      WITH ${conversationOf(orgId, value, customerExternalId, mayArrive({ orgId, ...value }))}, own AS (
        ${ownMessage({ orgId, providerMessageId, text, ...value })} LIMIT 1
      ), noted AS (
        UPDATE messages m SET
          part_ids = CASE WHEN ${providerMessageId} = ANY (m.part_ids) THEN m.part_ids
            ELSE m.part_ids || ${providerMessageId}::text END,
          updated_at = ${now}::timestamptz
        FROM own
        WHERE m.org_id = ${orgId} AND m.id = own.id AND ${isUnderWay}
      ), confirmed AS (
        UPDATE messages m SET
          provider_message_id = coalesce(m.provider_message_id, ${providerMessageId}::text),
          status = ${reached}, is_read = ${isRead}, error_code = NULL, error_message = NULL, attempted_at = NULL,
          updated_at = ${now}::timestamptz
        FROM conversation, own
        WHERE m.org_id = ${orgId} AND m.id = own.id
          AND (m.status IN ('failed', 'unconfirmed') OR m.status = 'queued' AND NOT ${isUnderWay})
          AND NOT EXISTS (
            SELECT FROM messages other
            WHERE other.org_id = ${orgId} AND other.platform = ${value.platform} AND other.oa_id = ${value.oaId}
              AND other.provider_message_id = ${providerMessageId} AND other.id <> m.id
          )
        RETURNING m.id
      ), message AS (
        INSERT INTO messages (
          org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, metadata,
          status, is_read, provider_message_id, created_at, updated_at
        )
        SELECT ${orgId}::text, ${id}::uuid, id, ${value.platform}::text, ${value.oaId}::text, 'out',
          ${value.oaId}::text, 'user', ${text}::text, ${value.attachments}::jsonb, ${value.metadata}::jsonb,
          ${reached}, ${isRead}, ${providerMessageId}::text, ${at}, ${now}::timestamptz
        FROM conversation WHERE NOT EXISTS (SELECT FROM own) AND ${saysSomething(text, value)}
        ON CONFLICT (org_id, platform, oa_id, provider_message_id) DO NOTHING
        RETURNING id, conversation_id
      ), touched AS (
        UPDATE conversations c SET updated_at = ${now}::timestamptz,
          status = CASE c.status WHEN 'pending' THEN 'open' ELSE c.status END,
          ${asLastMessage({ id, direction: 'out', text, at: value.occurredAt })}
        FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
        RETURNING c.status
      )
      SELECT conversation.id AS conversation_id, message.id AS message_id, confirmed.id AS confirmed_id,
        conversation.has_early_events, conversation.status AS status_before, touched.status AS status_after
      FROM conversation
      LEFT JOIN message ON true LEFT JOIN confirmed ON true LEFT JOIN touched ON true`;
  },
);

/** What only confirms one of ours brings none of its own, should ours be gone. */
function saysSomething(text: RawBuilder<string | null>, { attachments, ownMessageId }: Contents): RawBuilder<unknown> {
  return sql`NOT (${ownMessageId}::uuid IS NOT NULL AND ${text}::text IS NULL AND ${attachments}::jsonb = '[]')`;
}

type Contents = Pick<Places<Echoed>, 'attachments' | 'ownMessageId'>;
type Own = Pick<Places<Echoed>, 'providerMessageId' | 'text' | 'occurredAt' | 'ownMessageId'> & {
  orgId: RawBuilder<string>;
};

/**
 * By words only what was tried within the last hour, and only where the provider says nothing better. It may have waited for
 * most of a day until then: see the delivery's backoff.
 */
function ownMessage({ orgId, ownMessageId, providerMessageId, text, occurredAt }: Own): RawBuilder<unknown> {
  const mine = sql`m.org_id = ${orgId} AND m.conversation_id = conversation.id AND m.direction = 'out'`;
  return sql`
    SELECT m.id, 1 AS rank FROM messages m, conversation WHERE ${mine} AND m.id = ${ownMessageId}::uuid
    UNION ALL
    SELECT m.id, 2 FROM messages m, conversation WHERE ${mine} AND m.provider_message_id = ${providerMessageId}
    UNION ALL
    SELECT m.id, 3 FROM messages m, conversation
    WHERE ${mine} AND m.created_at > ${occurredAt}::timestamptz - interval '1 day'
      AND (${providerMessageId} = ANY (m.part_ids)
        OR ${ownMessageId}::uuid IS NULL AND m.status IN ('queued', 'unconfirmed')
          AND m.attempted_at > ${occurredAt}::timestamptz - interval '1 hour'
          AND m.text IS NOT DISTINCT FROM ${text}::text)
    ORDER BY rank`;
}
