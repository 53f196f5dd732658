/** Parts that the statements of the inbox share. Whatever changes a conversation's messages locks the conversation first. */

import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

/** A value, or its place in a prepared statement. */
type Given<T> = T | RawBuilder<T>;

/**
 * The customer's conversation with the page, as `conversation`, locked. No row where they have none yet, or where the condition
 * does not hold. Not a join: planned once for all organizations, it would read every conversation of the page in a large one.
 */
export function conversationOf(
  orgId: Given<string>,
  { platform, oaId }: { platform: Given<string>; oaId: Given<string> },
  customerExternalId: Given<string>,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`conversation AS (
    SELECT c.id, c.status, c.delivered_until, c.read_until, c.has_early_events
    FROM conversations c
    WHERE c.org_id = ${orgId} AND c.platform = ${platform} AND c.oa_id = ${oaId} AND c.customer_id = (
      SELECT p.id FROM customers p
      WHERE p.org_id = ${orgId} AND p.platform = ${platform} AND p.external_id = ${customerExternalId}
    ) AND ${condition}
    FOR NO KEY UPDATE OF c
  )`;
}

/** A message as the inbox shows it beside its conversation. */
export interface Preview {
  id: Given<string>;
  direction: 'in' | 'out';
  text: Given<string | null>;
  at: Given<Date>;
}

/** Assignments that make this the last message of the conversation `c`, unless it has one that is listed above it. */
export function asLastMessage({ id, direction, text, at }: Preview): RawBuilder<unknown> {
  const isNewest = sql`coalesce((c.last_message_created_at, c.last_message_id) < (${at}::timestamptz, ${id}::uuid), true)`;
  return sql`
    last_message_id = CASE WHEN ${isNewest} THEN ${id}::uuid ELSE c.last_message_id END,
    last_message_text = CASE WHEN ${isNewest} THEN ${text}::text ELSE c.last_message_text END,
    last_message_direction = CASE WHEN ${isNewest} THEN ${sql.lit(direction)} ELSE c.last_message_direction END,
    last_message_created_at = greatest(c.last_message_created_at, ${at}::timestamptz),
    last_activity_at = greatest(c.last_activity_at, ${at}::timestamptz)`;
}

export function jsonb(value: object): RawBuilder<unknown> {
  return sql`${JSON.stringify(value)}::jsonb`;
}
