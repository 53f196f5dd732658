import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { auditEntryOf } from '../../platform/events/audit-entry.js';
import type { DomainEvent } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { creationOf, positionOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { toAuditEntryView } from './audit-entry.view.js';
import type { AuditEntryView } from './audit-entry.view.js';
import type { ListAuditEntries } from './audit.dto.js';
import { AuditRepository } from './audit.repository.js';

/** Writes down who did what, as whom and from where, in the transaction that did it. */
@Injectable()
export class AuditService implements OnModuleInit {
  constructor(
    private readonly entries: AuditRepository,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.events.recordAll((event) => this.record(event));
  }

  async list(query: ListAuditEntries): Promise<CursorPage<AuditEntryView>> {
    const rows = await this.entries.list(query, positionOf(query));
    return toCursorPage(rows, query.limit, creationOf, toAuditEntryView);
  }

  private record(event: DomainEvent): void {
    if (event.isAudited) this.entries.add(auditEntryOf(event));
  }
}
