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
  /** Moves the messages up to the watermark, and those that are named. */
  async move(page: ConnectedPage, { kind, customerExternalId, until, ...named }: WatermarkMoved): Promise<void> {
    const { orgId } = this.mine;
    const { watermark, from, to, isRead } = STEPS[kind];
    const [now, mids] = [new Date(), named.providerMessageIds];
    await sql`
      WITH ${conversationOf(orgId, page, customerExternalId)}, raised AS (
        UPDATE conversations c SET ${sql.ref(watermark)} = ${until}::timestamptz
        FROM conversation
        WHERE c.org_id = ${orgId} AND c.id = conversation.id
          AND coalesce(${sql.ref(`c.${watermark}`)} < ${until}::timestamptz, true)
      )
      UPDATE messages m SET status = ${to}, is_read = ${isRead}, updated_at = ${now}::timestamptz
      FROM conversation
      WHERE m.org_id = ${orgId} AND m.conversation_id = conversation.id AND m.direction = 'out'
        AND m.status = ANY (${from}::text[])
        AND (m.created_at <= ${until}::timestamptz OR m.provider_message_id = ANY (${mids}::text[]))`.execute(this.sql);
  }
}
