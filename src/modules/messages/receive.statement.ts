import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { mayArrive } from './arrival.statements.js';
import type { Arrival, Arriving } from './arrival.statements.js';
import { asLastMessage, conversationOf } from './inbox.statements.js';

/** A chatbot that answers has the conversation first, also when it comes back. */
const reopened = (orgId: RawBuilder<string>) => sql`CASE WHEN EXISTS (
    SELECT FROM chatbots b WHERE b.org_id = ${orgId} AND b.id = c.chatbot_id AND b.is_active AND b.type IS NOT NULL
  ) THEN 'pending' ELSE 'open' END`;

/** What the customer wrote before this message is none of the chatbot's business: the statement does not see its own. */
const lastBefore = (orgId: RawBuilder<string>) => sql`(
    SELECT m.id FROM messages m WHERE m.org_id = ${orgId} AND m.conversation_id = c.id AND m.direction = 'in'
    ORDER BY m.created_at DESC, m.id DESC LIMIT 1
  )`;

/** A customer's message. */
export const receive = new PreparedStatement(
  (_, { orgId, id, customerExternalId, text, occurredAt, now, ...value }: Places<Arriving>) => sql<Arrival>`
    WITH ${conversationOf(orgId, value, customerExternalId, mayArrive({ orgId, ...value }))}, message AS (
      INSERT INTO messages (
        org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, metadata,
        status, provider_message_id, created_at, updated_at
      )
      SELECT ${orgId}::text, ${id}::uuid, id, ${value.platform}::text, ${value.oaId}::text, 'in',
        ${customerExternalId}::text, 'customer', ${text}::text, ${value.attachments}::jsonb, ${value.metadata}::jsonb,
        'delivered', ${value.providerMessageId}::text, ${occurredAt}::timestamptz, ${now}::timestamptz
      FROM conversation
      ON CONFLICT (org_id, platform, oa_id, provider_message_id) DO NOTHING
      RETURNING id, conversation_id
    ), touched AS (
      UPDATE conversations c SET
        unread_count = c.unread_count + 1,
        status = CASE WHEN c.status IN ('resolved', 'snoozed') THEN ${reopened(orgId)} ELSE c.status END,
        bot_since = CASE WHEN c.status IN ('resolved', 'snoozed') THEN ${now}::timestamptz ELSE c.bot_since END,
        bot_answered_id = CASE WHEN c.status IN ('resolved', 'snoozed') THEN ${lastBefore(orgId)} ELSE c.bot_answered_id END,
        last_inbound_at = greatest(c.last_inbound_at, ${occurredAt}::timestamptz),
        integration_id = ${value.integrationId}::uuid,
        updated_at = ${now}::timestamptz,
        ${asLastMessage({ id, direction: 'in', text, at: occurredAt })}
      FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
      RETURNING c.status
    )
    SELECT conversation.id AS conversation_id, message.id AS message_id, conversation.has_early_events,
      conversation.status AS status_before, touched.status AS status_after
    FROM conversation LEFT JOIN message ON true LEFT JOIN touched ON true`,
);
