import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SystemDatabase } from '../../platform/database/system-database.js';

/** A conversation in which something waits that nobody seems to be sending. */
export interface Stray {
  orgId: string;
  conversationId: string;
}

/** What is queued anywhere for longer than it should be. Names no organization: it is for finding out whose. */
@Injectable()
export class StrayMessagesSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  async find(olderThan: Date, limit: number): Promise<Stray[]> {
    const { rows } = await sql<Stray>`
      SELECT m.org_id AS "orgId", m.conversation_id AS "conversationId"
      FROM messages m JOIN organizations o ON o.id = m.org_id AND o.is_active
      WHERE m.status = 'queued' AND m.updated_at < ${olderThan}::timestamptz
        AND coalesce(m.next_attempt_at < ${olderThan}::timestamptz, true)
      GROUP BY m.org_id, m.conversation_id
      LIMIT ${limit}`.execute(this.database.sql);
    return rows;
  }
}
