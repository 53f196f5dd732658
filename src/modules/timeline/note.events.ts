import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'updated' | 'deleted';

/** A private note came, changed or went. What it says stays out of events, and so out of the audit log and of webhooks. */
export class NoteChanged extends RowChanged<'note', Verb> {
  constructor(
    verb: Verb,
    id: string,
    override readonly conversationId: string,
    changes?: Changes,
  ) {
    super('note', verb, id, changes);
  }
}
