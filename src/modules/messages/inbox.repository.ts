import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { MessageEchoed, MessageReceived } from '../../channels/channel.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { asLastMessage, conversationOf } from './inbox.statements.js';

/** Where a message went. `messageId` is null where nothing was new. */
export interface Arrival {
  conversationId: string;
  messageId: string | null;
  /** Whether something may have happened to it already: see AmendmentsRepository. */
  hasEarlyEvents: boolean;
}

export type Scope = 'message only' | 'everything';

/**
 * What customers wrote, and what was written to them elsewhere. Each event is one statement. It answers null where the customer
 * has no conversation with the page yet, the page is not connected any more, or there is more to do than asked; and it changes
 * nothing at all where the message is there already.
 */
@Injectable()
export class InboxRepository extends OrgRepository {
  /** Whether it is still this organization's page. */
  async isConnected({ id, platform, oaId }: ConnectedPage): Promise<boolean> {
    const { orgId } = this.mine;
    const found = await this.rows(connected, { orgId, integrationId: id, platform, oaId });
    return found.length > 0;
  }

  /** `scope`: all that there may be to do, or only where the message is all: no event of it has come early. */
  async receive(page: ConnectedPage, event: MessageReceived, scope: Scope): Promise<Arrival | null> {
    const [arrival] = await this.rows(receive, { ...this.mine, ...arriving(page, event), ...onlyIn(scope) });
    return arrival ?? null;
  }

  /**
   * Our own message is told by its id, or by the provider's where that is known already, and counts as sent: also one that
   * we had given up. The customer may have read it before its echo came, so the watermarks decide how far it has got.
   */
  async echo(page: ConnectedPage, event: MessageEchoed, scope: Scope): Promise<Arrival | null> {
    const { ownMessageId } = event;
    const values = { ...this.mine, ...arriving(page, event), ownMessageId };
    const [arrival] = await this.rows(echo, { ...values, ...onlyIn(scope) });
    return arrival ?? null;
  }
}

function onlyIn(scope: Scope): { hasEarlyEvents?: boolean } {
  return scope === 'message only' ? { hasEarlyEvents: false } : {};
}

function arriving({ id: integrationId, platform, oaId }: ConnectedPage, event: MessageReceived | MessageEchoed) {
  const { customerExternalId, providerMessageId, text, occurredAt } = event;
  return {
    ...{ integrationId, platform, oaId, customerExternalId, providerMessageId, text, occurredAt },
    attachments: JSON.stringify(event.attachments),
    metadata: JSON.stringify(event.metadata),
    id: uuidv7(),
    now: new Date(),
  };
}

type Arriving = { orgId: string; hasEarlyEvents?: boolean } & ReturnType<typeof arriving>;

type Connected = Pick<Arriving, 'orgId' | 'integrationId' | 'platform' | 'oaId'>;

/** Nothing arrives at a page that is not this organization's any more: who said so may have looked a moment ago. */
const isConnected = ({ orgId, integrationId, platform, oaId }: Places<Connected>) => sql`EXISTS (
  SELECT FROM channel_routes r
  WHERE r.org_id = ${orgId} AND r.platform = ${platform} AND r.external_id = ${oaId} AND r.integration_id = ${integrationId}
)`;

const mayArrive = ({ hasEarlyEvents, ...page }: Places<Connected & Pick<Arriving, 'hasEarlyEvents'>>) =>
  hasEarlyEvents ? sql`${isConnected(page)} AND c.has_early_events = ${hasEarlyEvents}` : isConnected(page);

const connected = new PreparedStatement((_, page: Places<Connected>) => sql`SELECT WHERE ${isConnected(page)}`);

const receive = new PreparedStatement(
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
        status = CASE WHEN c.status IN ('resolved', 'snoozed') THEN 'open' ELSE c.status END,
        integration_id = ${value.integrationId}::uuid,
        updated_at = ${now}::timestamptz,
        ${asLastMessage({ id, direction: 'in', text, at: occurredAt })}
      FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
    )
    SELECT conversation.id AS conversation_id, message.id AS message_id, conversation.has_early_events
    FROM conversation LEFT JOIN message ON true`,
);

type Echoed = Arriving & Pick<MessageEchoed, 'ownMessageId'>;

const echo = new PreparedStatement(
  (_, { orgId, id, customerExternalId, providerMessageId, text, now, ...value }: Places<Echoed>) => {
    const at = sql`${value.occurredAt}::timestamptz`;
    const reached = sql`CASE WHEN ${at} <= conversation.read_until THEN 'read'
      WHEN ${at} <= conversation.delivered_until THEN 'delivered' ELSE 'sent' END`;
    const isRead = sql`coalesce(${at} <= conversation.read_until, false)`;
    return sql<Arrival>`
      WITH ${conversationOf(orgId, value, customerExternalId, mayArrive({ orgId, ...value }))}, own AS (
        UPDATE messages m SET
          provider_message_id = ${providerMessageId}::text,
          status = ${reached}, is_read = ${isRead}, error_code = NULL, error_message = NULL,
          updated_at = ${now}::timestamptz
        FROM conversation
        WHERE m.org_id = ${orgId} AND m.conversation_id = conversation.id AND m.direction = 'out'
          AND m.status IN ('queued', 'failed')
          AND (m.id = ${value.ownMessageId}::uuid OR m.provider_message_id = ${providerMessageId})
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
        FROM conversation WHERE NOT EXISTS (SELECT FROM own)
        ON CONFLICT (org_id, platform, oa_id, provider_message_id) DO NOTHING
        RETURNING id, conversation_id
      ), touched AS (
        UPDATE conversations c SET updated_at = ${now}::timestamptz,
          ${asLastMessage({ id, direction: 'out', text, at: value.occurredAt })}
        FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
      )
      SELECT conversation.id AS conversation_id, message.id AS message_id, conversation.has_early_events
      FROM conversation LEFT JOIN message ON true`;
  },
);
