import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { TimelineEntryModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { CursorQuery } from '../../platform/http/pagination.js';

/** An event of a conversation, and who caused it. */
export interface NewEntry {
  id: string;
  conversationId: string;
  kind: string;
  /** JSON. */
  data: string;
  actorType: string;
  actorId: string | null;
  actorName: string | null;
}

@Injectable()
export class TimelineRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(conversationId: string, query: CursorQuery): Promise<TimelineEntryModel[]> {
    const from = positionOf(query);
    const older = olderThan(from);
    return this.db.timelineEntry.findMany({
      where: { ...this.mine, conversationId, ...older },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  /** Nobody waits for it: it is written when the change is committed, in the same round trip. */
  addAtEnd(entry: NewEntry): void {
    this.runAtEnd(add, { ...this.mine, ...entry });
  }

  findNote(id: string): Promise<TimelineEntryModel | null> {
    return this.db.timelineEntry.findFirst({ where: { ...this.mine, id, kind: 'note' } });
  }

  createNote(data: Omit<Prisma.TimelineEntryUncheckedCreateInput, 'orgId' | 'kind'>): Promise<TimelineEntryModel> {
    return this.db.timelineEntry.create({ data: { ...data, ...this.mine, kind: 'note' } });
  }

  async updateNote(id: string, text: string): Promise<TimelineEntryModel | undefined> {
    const note = { ...this.mine, id, kind: 'note' };
    return (await this.db.timelineEntry.updateManyAndReturn({ where: note, data: { text } }))[0];
  }

  async removeNote(id: string): Promise<void> {
    await this.db.timelineEntry.deleteMany({ where: { ...this.mine, id, kind: 'note' } });
  }
}

const add = new PreparedStatement(
  (_, { orgId, id, conversationId, kind, data, ...by }: Places<NewEntry & { orgId: string }>) => sql`
    INSERT INTO timeline_entries (org_id, id, conversation_id, kind, data, actor_type, actor_id, actor_name)
    VALUES (${orgId}, ${id}, ${conversationId}, ${kind}, ${data}, ${by.actorType}, ${by.actorId}, ${by.actorName})`,
);
