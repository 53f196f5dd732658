import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'updated' | 'deactivated' | 'activated' | 'erased';

/** An organization came, changed or went. */
export class OrganizationChanged extends RowChanged<'organization', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('organization', verb, id, changes);
  }
}
