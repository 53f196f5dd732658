import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { AuditEntryModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { Position } from '../../platform/http/pagination.js';
import type { ListAuditEntries } from './audit.dto.js';

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

  async add(entry: Omit<Prisma.AuditEntryUncheckedCreateInput, 'orgId'>): Promise<void> {
    await this.db.auditEntry.createMany({ data: [{ ...entry, ...this.mine }] });
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
