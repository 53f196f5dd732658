import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { AuditEntryModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { Changes } from '../../platform/events/domain-event.js';
import type { Position } from '../../platform/http/pagination.js';
import type { ListAuditEntries } from './audit.dto.js';

/** As it is written down: the organization is the bound one, the time Postgres's. */
export type NewAuditEntry = Omit<AuditEntryModel, 'orgId' | 'createdAt' | 'changes'> & { changes: Changes };

@Injectable()
export class AuditRepository extends OrgRepository {
  /** Newest first, one row more than asked for, so that the caller sees whether there is more. */
  list(query: ListAuditEntries, after: Position | null): Promise<AuditEntryModel[]> {
    return this.db.auditEntry.findMany({
      where: { ...this.mine, ...filters(query), ...(after && { OR: olderThan(after) }) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  /** In Kysely: it is a part of every change, sending a message included. */
  async add({ changes, ...entry }: NewAuditEntry): Promise<void> {
    const row = { ...entry, ...this.mine, changes: JSON.stringify(changes) };
    await this.sql.insertInto('auditEntries').values(row).execute();
  }
}

function olderThan({ at, id }: Position): Prisma.AuditEntryWhereInput[] {
  return [{ createdAt: { lt: at } }, { createdAt: at, id: { lt: id } }];
}

function filters({ actorId, action, targetType, from, to }: ListAuditEntries): Prisma.AuditEntryWhereInput {
  return {
    ...(actorId !== undefined && { actorId }),
    ...(action !== undefined && { action }),
    ...(targetType !== undefined && { targetType }),
    ...((from !== undefined || to !== undefined) && { createdAt: { gte: from, lt: to } }),
  };
}
