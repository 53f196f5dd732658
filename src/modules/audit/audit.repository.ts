import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { AuditEntryModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { insertAuditEntry } from '../../platform/events/audit-entry.js';
import type { AuditEntry } from '../../platform/events/audit-entry.js';
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

  /** Nobody waits for it: it is written when the change is committed, in the same round trip. */
  add(entry: AuditEntry): void {
    this.runAtEnd(add, { ...this.mine, ...entry });
  }
}

const add = new PreparedStatement(
  (_, { orgId, ...entry }: Places<AuditEntry & { orgId: string }>) =>
    sql`WITH change AS (SELECT) ${insertAuditEntry(orgId, entry, 'change')}`,
);

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
