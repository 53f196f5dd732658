import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'connected' | 'updated' | 'disconnected';

/** A page was connected, changed or disconnected. */
export class IntegrationChanged extends RowChanged<'integration', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('integration', verb, id, changes);
  }
}
