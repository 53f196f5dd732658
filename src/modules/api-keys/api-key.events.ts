import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** An API key was made, given a new secret, or ended. */
export class ApiKeyChanged extends DomainEvent {
  readonly name: string;
  readonly target: { type: 'api_key'; id: string };

  constructor(
    verb: 'created' | 'rotated' | 'revoked',
    id: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.name = `api_key.${verb}`;
    this.target = { type: 'api_key', id };
  }
}
