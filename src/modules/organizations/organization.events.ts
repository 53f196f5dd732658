import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

type Verb = 'created' | 'updated' | 'deactivated' | 'activated' | 'erased';

/** An organization came, changed or went. */
export class OrganizationChanged extends DomainEvent {
  readonly name: `organization.${Verb}`;
  readonly target: { type: 'organization'; id: string };

  constructor(
    verb: Verb,
    readonly organizationId: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.name = `organization.${verb}`;
    this.target = { type: 'organization', id: organizationId };
  }
}
