import { sql } from 'kysely';
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
  /** What opens the page: see `PageAccess`. */
  accessToken: string | null;
  tokenKeyId: string | null;
  businessId: string | null;
  webhookEndpointId: string | null;
  organizationIsActive: boolean;
  /** Whether it was marked as tried just now; `attempts` and `attemptedAt` are from before that. */
  isClaimed: boolean;
}

interface Claiming {
  orgId: string;
  conversationId: string;
  now: Date;
  /** How long after `now` a page's turn may be for a message to go at once. */
  burstMs: number;
  /** How long each platform's pages wait from one message to the next, in milliseconds: JSON, by platform. */
  pausesMs: string;
}

/** As CASE, so that Postgres looks the message up by its id, and not among all that are queued. */
const isUntried = sql`CASE m.status WHEN 'queued' THEN m.attempted_at IS NULL ELSE false END`;

/**
 * Reads the first message, and marks it where `judge` finds nothing in the way but perhaps what it says. The customer is not
 * joined: planned once for all organizations, that would read all customers of a large one.
 */
export const claim = new PreparedStatement(
  (_, { orgId, conversationId, now, burstMs, pausesMs }: Places<Claiming>) => sql<Head>`
    WITH head AS (
      SELECT m.id, m.conversation_id, m.text, m.attachments, m.metadata, m.attempts, m.attempted_at, m.next_attempt_at,
        m.part_ids, c.platform, c.oa_id, c.last_inbound_at, i.id AS integration_id, i.status AS integration_status,
        i.next_send_at, i.access_token, i.token_key_id, i.business_id, i.webhook_endpoint_id,
        o.is_active AS organization_is_active,
        (SELECT p.external_id FROM customers p
          WHERE p.org_id = ${orgId} AND p.id = c.customer_id) AS customer_external_id,
        (SELECT r.provider_message_id FROM messages r
          WHERE r.org_id = ${orgId} AND r.id = (m.metadata -> 'replyTo' ->> 'messageId')::uuid) AS reply_to
      FROM messages m
      JOIN conversations c ON c.org_id = ${orgId} AND c.id = m.conversation_id
      JOIN organizations o ON o.id = ${orgId}
      LEFT JOIN integrations i ON i.org_id = ${orgId} AND i.id = c.integration_id AND i.is_active
      WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId} AND m.status = 'queued'
      ORDER BY m.created_at, m.id LIMIT 1
    ), claimed AS (
      UPDATE messages m SET attempts = m.attempts + 1, attempted_at = ${now}::timestamptz
      FROM head
      WHERE m.org_id = ${orgId} AND m.id = head.id AND m.attempts = head.attempts AND ${isUntried}
        AND head.organization_is_active AND head.integration_status <> 'reconnect_required'
        AND coalesce(m.next_attempt_at <= ${now}::timestamptz, true)
        AND coalesce(head.next_send_at <= ${now}::timestamptz + ${burstMs}::integer * interval '1 ms', true)
      RETURNING head.platform, head.integration_id
    ), turn AS (
      UPDATE integrations i SET next_send_at = greatest(i.next_send_at, ${now}::timestamptz)
        + (${pausesMs}::jsonb ->> claimed.platform)::float8 * interval '1 ms'
      FROM claimed
      WHERE i.org_id = ${orgId} AND i.id = claimed.integration_id
    )
    SELECT head.*, EXISTS (SELECT FROM claimed) AS is_claimed FROM head`,
);
