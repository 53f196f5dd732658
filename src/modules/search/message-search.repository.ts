import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { positionOf } from '../../platform/http/pagination.js';
import { MESSAGE_COLUMNS } from '../messages/message.view.js';
import type { MessageRow } from '../messages/message.view.js';
import type { SearchMessages } from './search.dto.js';

@Injectable()
export class MessageSearchRepository extends OrgRepository {
  /**
   * Newest first, one row more than the limit. Row-level security keeps the serving role from searching an index by words, so
   * `app.found_messages` does, for the bound organization; the rows themselves are read under the policies again.
   */
  async find(query: SearchMessages): Promise<MessageRow[]> {
    const { orgId } = this.mine;
    const ids = await this.idsOf(query);
    if (ids.length === 0) return [];
    const messages = this.sql.selectFrom('messages').where('orgId', '=', orgId).where('id', 'in', ids);
    return messages.select(MESSAGE_COLUMNS).orderBy('createdAt', 'desc').orderBy('id', 'desc').execute();
  }

  private async idsOf(query: SearchMessages): Promise<string[]> {
    const { q, conversationId = null, cursor, limit } = query;
    const from = positionOf({ cursor });
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM app.found_messages(
        ${q}, ${conversationId}::uuid, ${from?.at ?? null}::timestamptz, ${from?.id ?? null}::uuid, ${limit + 1}
      ) AS id`.execute(this.sql);
    return rows.map(({ id }) => id);
  }
}
