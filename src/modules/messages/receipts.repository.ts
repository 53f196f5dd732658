import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { MessageFailed, WatermarkMoved } from '../../channels/channel-events.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { conversationOf } from './inbox.statements.js';

/** What each kind of receipt raises, and which messages it moves where: forward only, and none that was never sent. */
const STEPS = {
  'messages.delivered': {
    watermark: 'deliveredUntil',
    from: ['sent', 'unconfirmed'],
    to: 'delivered',
    isRead: false,
  },
  'messages.read': { watermark: 'readUntil', from: ['sent', 'unconfirmed', 'delivered'], to: 'read', isRead: true },
} as const;

/** A message that got somewhere else than it was. */
export interface Moved {
  id: string;
  conversationId: string;
}

/** How far our messages have got. */
@Injectable()
export class ReceiptsRepository extends OrgRepository {
  /**
   * Moves the messages up to the watermark, and those that are named; null where the customer has no conversation with the page
   * (yet). In a transaction, and two statements: the first may have to wait for a message that is just arriving, which only the
   * next can see.
   */
  async move(page: ConnectedPage, event: WatermarkMoved): Promise<Moved[] | null> {
    const conversationId = await this.raise(page, event);
    return conversationId === null ? null : this.moveMessages(conversationId, event);
  }

  /** What the provider had taken did not arrive. Not where it did arrive after all. */
  async fail(page: ConnectedPage, { providerMessageId, failure }: MessageFailed): Promise<Moved[]> {
    const { orgId } = this.mine;
    const { rows } = await sql<Moved>`
      UPDATE messages m SET status = 'failed', error_code = ${failure.code}, error_message = ${failure.message},
        updated_at = ${new Date()}::timestamptz
      WHERE m.org_id = ${orgId} AND m.platform = ${page.platform} AND m.oa_id = ${page.oaId}
        AND m.provider_message_id = ${providerMessageId} AND m.direction = 'out' AND m.status IN ('sent', 'unconfirmed')
      RETURNING m.id, m.conversation_id AS "conversationId"`.execute(this.sql);
    return rows;
  }

  /** Those of the provider's ids that no message of the page has yet, while one of the customer's is on its way. */
  async unknown(page: ConnectedPage, customerExternalId: string, providerMessageIds: string[]): Promise<string[]> {
    if (providerMessageIds.length === 0) return [];
    const { orgId } = this.mine;
    const { rows } = await sql<{ id: string }>`
      WITH ${conversationOf(orgId, page, customerExternalId)}
      SELECT named.id FROM unnest(${providerMessageIds}::text[]) AS named (id)
      WHERE NOT EXISTS (
        SELECT FROM messages m
        WHERE m.org_id = ${orgId} AND m.platform = ${page.platform} AND m.oa_id = ${page.oaId}
          AND m.provider_message_id = named.id
      ) AND EXISTS (
        SELECT FROM messages m, conversation
        WHERE m.org_id = ${orgId} AND m.conversation_id = conversation.id AND m.status = 'queued'
      )`.execute(this.sql);
    return rows.map(({ id }) => id);
  }

  /** Returns the conversation, locked; null where the customer has none with the page. */
  private async raise(
    page: ConnectedPage,
    { kind, customerExternalId, until }: WatermarkMoved,
  ): Promise<string | null> {
    const { orgId } = this.mine;
    const { watermark } = STEPS[kind];
    const { rows } = await sql<{ id: string }>`
      WITH ${conversationOf(orgId, page, customerExternalId)}, raised AS (
        UPDATE conversations c SET ${sql.ref(watermark)} = ${until}::timestamptz
        FROM conversation
        WHERE c.org_id = ${orgId} AND c.id = conversation.id
          AND coalesce(${sql.ref(`c.${watermark}`)} < ${until}::timestamptz, true)
      )
      SELECT id FROM conversation`.execute(this.sql);
    return rows[0]?.id ?? null;
  }

  private async moveMessages(
    conversationId: string,
    { kind, until, providerMessageIds }: WatermarkMoved,
  ): Promise<Moved[]> {
    const { orgId } = this.mine;
    const { from, to, isRead } = STEPS[kind];
    const { rows } = await sql<Moved>`
      UPDATE messages m SET status = ${to}, is_read = ${isRead}, error_code = NULL, error_message = NULL,
        attempted_at = NULL, updated_at = ${new Date()}::timestamptz
      WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId} AND m.direction = 'out'
        AND m.status = ANY (${from}::text[])
        AND (m.created_at <= ${until}::timestamptz AND m.status <> 'unconfirmed'
          OR m.provider_message_id = ANY (${providerMessageIds}::text[]))
      RETURNING m.id, m.conversation_id AS "conversationId"`.execute(this.sql);
    return rows;
  }
}
