import { DomainEvent, changesBetween } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** Somebody uploaded a file, to send it. What it is called stays out of the audit log. */
export class MediaUploaded extends DomainEvent {
  readonly name = 'media.uploaded';
  readonly target: { type: 'media'; id: string };
  override readonly changes: Changes;

  constructor(id: string, contentType: string, size: number) {
    super();
    this.target = { type: 'media', id };
    this.changes = changesBetween(null, { contentType, size });
  }
}
