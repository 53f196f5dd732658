import { Injectable } from '@nestjs/common';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import type { Position } from '../../platform/http/pagination.js';
import { MESSAGE_COLUMNS } from '../messages/message.view.js';
import type { MessageRow } from '../messages/message.view.js';

@Injectable()
export class MessageChangesRepository extends OrgRepository {
  /** In the order in which they last changed, oldest first. */
  after({ at, id }: Position, limit: number): Promise<MessageRow[]> {
    return this.rows(changed, { ...this.mine, at, id, rows: limit });
  }
}

interface Changed extends Position {
  orgId: string;
  rows: number;
}

const changed = new PreparedStatement((database, { orgId, at, id, rows }: Places<Changed>) =>
  database
    .selectFrom('messages')
    .where('orgId', '=', orgId)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('updatedAt', 'id'), '>', tuple(at, id)))
    .select(MESSAGE_COLUMNS)
    .orderBy('updatedAt')
    .orderBy('id')
    .limit(rows),
);
