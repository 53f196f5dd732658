import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'updated' | 'deleted';

/** A quick reply came, changed or went. */
export class QuickReplyChanged extends RowChanged<'quick_reply', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('quick_reply', verb, id, changes);
  }
}
