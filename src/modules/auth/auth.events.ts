import { DomainEvent } from '../../platform/events/domain-event.js';

/** A super admin went into another organization. */
export class OrganizationSwitched extends DomainEvent {
  readonly name = 'auth.organization_switched';
  readonly target: { type: 'organization'; id: string };

  constructor(orgId: string) {
    super();
    this.target = { type: 'organization', id: orgId };
  }
}
