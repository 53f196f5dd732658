import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

type Verb = 'connected' | 'updated' | 'disconnected';

/** A page was connected, changed or disconnected. */
export class IntegrationChanged extends DomainEvent {
  readonly name: `integration.${Verb}`;
  readonly target: { type: 'integration'; id: string };

  constructor(
    verb: Verb,
    readonly integrationId: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.name = `integration.${verb}`;
    this.target = { type: 'integration', id: integrationId };
  }
}
