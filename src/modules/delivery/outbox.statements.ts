import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Companion } from '../../platform/database/companions.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';

interface Turn {
  orgId: string;
  integrationId: string;
  nextSendAt: Date;
}

export const reserve = new PreparedStatement(
  (_, { orgId, integrationId, nextSendAt }: Places<Turn>) => sql`
    UPDATE integrations SET next_send_at = greatest(next_send_at, ${nextSendAt}::timestamptz)
    WHERE org_id = ${orgId} AND id = ${integrationId}::uuid`,
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

/** What is known once a message has gone: see `recordSent`. */
export interface Sent {
  isRecorded: boolean;
  hasEarlyEvents: boolean;
  hasMore: boolean;
}

interface Sending extends Taken {
  conversationId: string;
  platform: string;
  oaId: string;
  integrationId: string;
  partIds: string[];
}

/**
 * Whoever keeps what comes early locks the conversation as well, so that `sent`, a statement of its own, sees what they kept.
 * Its commit does not wait for the disk: the next mark's does, and the end of the job's, for all that came before them. Lost in
 * a crash of Postgres until then, the message is one that was marked and of which nobody knows how it ended.
 */
export const beforeSent = (orgId: string, conversationId: string): Companion => ({
  name: 'polydesk_before_sent',
  text: `SELECT set_config('synchronous_commit', 'off', true) FROM conversations
    WHERE org_id = $1 AND id = $2::uuid FOR NO KEY UPDATE`,
  values: [orgId, conversationId],
});

export const sent = new PreparedStatement(
  (_, { orgId, id, conversationId, integrationId, partId, partIds, now, ...page }: Places<Sending>) => sql<Sent>`
    WITH conversation AS (
      SELECT delivered_until, read_until FROM conversations
      WHERE org_id = ${orgId} AND id = ${conversationId}::uuid
    ), twin AS (
      DELETE FROM messages other
      WHERE other.org_id = ${orgId} AND other.platform = ${page.platform} AND other.oa_id = ${page.oaId}
        AND other.provider_message_id = ${partId} AND other.id <> ${id}::uuid AND other.direction = 'out'
        AND other.account_id IS NULL AND other.client_message_id IS NULL
      RETURNING other.id
    ), recorded AS (
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
      RETURNING m.id
    )
    SELECT EXISTS (SELECT FROM recorded) AS is_recorded, EXISTS (
      SELECT FROM channel_events e
      WHERE e.org_id = ${orgId} AND e.integration_id = ${integrationId}::uuid
        AND e.awaited_message_id = ANY (${partIds}::text[])
    ) AS has_early_events, EXISTS (
      SELECT FROM messages m
      WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId}::uuid AND m.status = 'queued'
        AND m.id <> ${id}::uuid
    ) AS has_more`,
);
