import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { WatermarkMoved } from '../../channels/channel.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { conversationOf } from './inbox.statements.js';

/** What each kind of receipt raises, and which messages it moves where: forward only, and none that was never sent. */
const STEPS = {
  'messages.delivered': { watermark: 'deliveredUntil', from: ['sent'], to: 'delivered', isRead: false },
  'messages.read': { watermark: 'readUntil', from: ['sent', 'delivered'], to: 'read', isRead: true },
} as const;

/** How far our messages have got. */
@Injectable()
export class ReceiptsRepository extends OrgRepository {
  /**
   * Moves the messages up to the watermark, and those that are named. In a transaction, and two statements: the first may have
   * to wait for a message that is just arriving, which only the next can see.
   */
  async move(page: ConnectedPage, event: WatermarkMoved): Promise<void> {
    const conversationId = await this.raise(page, event);
    if (conversationId !== null) await this.moveMessages(conversationId, event);
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
  ): Promise<void> {
    const { orgId } = this.mine;
    const { from, to, isRead } = STEPS[kind];
    await sql`
      UPDATE messages m SET status = ${to}, is_read = ${isRead}, updated_at = ${new Date()}::timestamptz
      WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId} AND m.direction = 'out'
        AND m.status = ANY (${from}::text[])
        AND (m.created_at <= ${until}::timestamptz OR m.provider_message_id = ANY (${providerMessageIds}::text[]))`.execute(
      this.sql,
    );
  }
}
