/** Parts that the statements of the inbox share. Whatever changes a conversation's messages locks the conversation first. */

import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { ConnectedPage } from '../conversations/connected-page.js';

/** The customer's conversation with the page, as `conversation`, locked. No row where they have none yet. */
export function conversationOf(orgId: string, page: ConnectedPage, customerExternalId: string): RawBuilder<unknown> {
  return sql`conversation AS (
    SELECT c.id, c.delivered_until, c.read_until
    FROM conversations c
    JOIN customers p ON p.org_id = ${orgId} AND p.id = c.customer_id
    WHERE c.org_id = ${orgId} AND c.platform = ${page.platform} AND c.oa_id = ${page.oaId}
      AND p.platform = ${page.platform} AND p.external_id = ${customerExternalId}
    FOR NO KEY UPDATE OF c
  )`;
}

/**
 * Assignments that make this the last message of the conversation `c`, unless it has a newer one. Of two messages of the same
 * moment the one that came later is the last.
 */
export function asLastMessage(direction: 'in' | 'out', text: string | null, at: Date): RawBuilder<unknown> {
  const isNewest = sql`coalesce(c.last_message_created_at <= ${at}::timestamptz, true)`;
  return sql`
    last_message_text = CASE WHEN ${isNewest} THEN ${text}::text ELSE c.last_message_text END,
    last_message_direction = CASE WHEN ${isNewest} THEN ${direction}::text ELSE c.last_message_direction END,
    last_message_created_at = greatest(c.last_message_created_at, ${at}::timestamptz),
    last_activity_at = greatest(c.last_activity_at, ${at}::timestamptz)`;
}

export function jsonb(value: object): RawBuilder<unknown> {
  return sql`${JSON.stringify(value)}::jsonb`;
}
