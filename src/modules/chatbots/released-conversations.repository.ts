import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { OrgRepository } from '../../platform/database/org-repository.js';

/** The conversations of chatbots that answer no more. */
@Injectable()
export class ReleasedConversationsRepository extends OrgRepository {
  /** Those that a chatbot is answering. */
  async answeredBy(chatbotId: string): Promise<string[]> {
    const where = { ...this.mine, chatbotId, status: 'pending' };
    const rows = await this.db.conversation.findMany({ where, orderBy: { id: 'asc' }, select: { id: true } });
    return rows.map(({ id }) => id);
  }

  /**
   * Opens those of these that nobody has taken since, and that no chatbot answers: theirs may answer again by now. Returns
   * which. Locked in the order of their ids, as by everybody who locks several.
   */
  async open(chatbotId: string, ids: string[]): Promise<string[]> {
    const { orgId } = this.mine;
    const { rows } = await sql<{ id: string }>`
      WITH left_alone AS (
        SELECT c.id FROM conversations c
        WHERE c.org_id = ${orgId} AND c.id = ANY (${ids}::uuid[]) AND c.status = 'pending'
          AND (c.chatbot_id IS NULL OR c.chatbot_id = ${chatbotId}::uuid AND NOT EXISTS (
            SELECT FROM chatbots b
            WHERE b.org_id = ${orgId} AND b.id = ${chatbotId}::uuid AND b.is_active AND b.type IS NOT NULL
          ))
        ORDER BY c.id FOR NO KEY UPDATE OF c
      )
      UPDATE conversations c SET status = 'open', bot_busy_until = NULL, updated_at = ${new Date()}::timestamptz
      FROM left_alone WHERE c.org_id = ${orgId} AND c.id = left_alone.id
      RETURNING c.id`.execute(this.sql);
    return rows.map(({ id }) => id);
  }
}
