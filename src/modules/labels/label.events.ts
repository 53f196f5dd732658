import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'updated' | 'deleted';

/** A label came, changed or went. Who puts it on a conversation has updated the conversation. */
export class LabelChanged extends RowChanged<'label', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('label', verb, id, changes);
  }
}
