import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { MessageEchoed, MessageReceived } from '../../channels/channel.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { asLastMessage, conversationOf, jsonb } from './inbox.statements.js';

/** Where a message went. `messageId` is null where nothing was new. */
export interface Arrival {
  conversationId: string;
  messageId: string | null;
  /** Whether something may have happened to it already: see AmendmentsRepository. */
  hasEarlyEvents: boolean;
}

/**
 * What customers wrote, and what was written to them elsewhere. Each event is one statement, which answers null where the
 * customer has no conversation with the page yet, and changes nothing at all where the message is there already.
 */
@Injectable()
export class InboxRepository extends OrgRepository {
  async receive(page: ConnectedPage, event: MessageReceived): Promise<Arrival | null> {
    const { orgId } = this.mine;
    const [id, now] = [uuidv7(), new Date()];
    const { rows } = await sql<Arrival>`
      WITH ${conversationOf(orgId, page, event.customerExternalId)}, message AS (
        INSERT INTO messages (
          org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, metadata,
          status, provider_message_id, created_at, updated_at
        )
        SELECT ${orgId}::text, ${id}::uuid, id, ${page.platform}::text, ${page.oaId}::text, 'in',
          ${event.customerExternalId}::text, 'customer', ${event.text}::text, ${jsonb(event.attachments)},
          ${jsonb(event.metadata)}, 'delivered', ${event.providerMessageId}::text, ${event.occurredAt}::timestamptz,
          ${now}::timestamptz
        FROM conversation
        ON CONFLICT (org_id, platform, oa_id, provider_message_id) DO NOTHING
        RETURNING id, conversation_id
      ), touched AS (
        UPDATE conversations c SET
          unread_count = c.unread_count + 1,
          status = CASE WHEN c.status IN ('resolved', 'snoozed') THEN 'open' ELSE c.status END,
          integration_id = ${page.id}::uuid,
          updated_at = ${now}::timestamptz,
          ${asLastMessage({ id, direction: 'in', text: event.text, at: event.occurredAt })}
        FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
      )
      SELECT conversation.id AS conversation_id, message.id AS message_id, conversation.has_early_events
      FROM conversation LEFT JOIN message ON true`.execute(this.sql);
    return rows[0] ?? null;
  }

  /**
   * Our own message is told by its id, or by the provider's where that is known already, and counts as sent: also one that
   * we had given up. The customer may have read it before its echo came, so the watermarks decide how far it has got.
   */
  async echo(page: ConnectedPage, event: MessageEchoed): Promise<Arrival | null> {
    const { orgId } = this.mine;
    const [id, now] = [uuidv7(), new Date()];
    const at = sql`${event.occurredAt}::timestamptz`;
    const reached = sql`CASE WHEN ${at} <= conversation.read_until THEN 'read'
      WHEN ${at} <= conversation.delivered_until THEN 'delivered' ELSE 'sent' END`;
    const isRead = sql`coalesce(${at} <= conversation.read_until, false)`;
    const { rows } = await sql<Arrival>`
      WITH ${conversationOf(orgId, page, event.customerExternalId)}, own AS (
        UPDATE messages m SET
          provider_message_id = ${event.providerMessageId}::text,
          status = ${reached}, is_read = ${isRead}, error_code = NULL, error_message = NULL,
          updated_at = ${now}::timestamptz
        FROM conversation
        WHERE m.org_id = ${orgId} AND m.conversation_id = conversation.id AND m.direction = 'out'
          AND m.status IN ('queued', 'failed')
          AND (m.id = ${event.ownMessageId}::uuid OR m.provider_message_id = ${event.providerMessageId})
          AND NOT EXISTS (
            SELECT FROM messages other
            WHERE other.org_id = ${orgId} AND other.platform = ${page.platform} AND other.oa_id = ${page.oaId}
              AND other.provider_message_id = ${event.providerMessageId} AND other.id <> m.id
          )
        RETURNING m.id
      ), message AS (
        INSERT INTO messages (
          org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, metadata,
          status, is_read, provider_message_id, created_at, updated_at
        )
        SELECT ${orgId}::text, ${id}::uuid, id, ${page.platform}::text, ${page.oaId}::text, 'out',
          ${page.oaId}::text, 'user', ${event.text}::text, ${jsonb(event.attachments)}, ${jsonb(event.metadata)},
          ${reached}, ${isRead}, ${event.providerMessageId}::text, ${at}, ${now}::timestamptz
        FROM conversation WHERE NOT EXISTS (SELECT FROM own)
        ON CONFLICT (org_id, platform, oa_id, provider_message_id) DO NOTHING
        RETURNING id, conversation_id
      ), touched AS (
        UPDATE conversations c SET updated_at = ${now}::timestamptz,
          ${asLastMessage({ id, direction: 'out', text: event.text, at: event.occurredAt })}
        FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
      )
      SELECT conversation.id AS conversation_id, message.id AS message_id, conversation.has_early_events
      FROM conversation LEFT JOIN message ON true`.execute(this.sql);
    return rows[0] ?? null;
  }
}
