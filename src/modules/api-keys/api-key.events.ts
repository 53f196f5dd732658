import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'rotated' | 'revoked';

/** An API key was made, given a new secret, or ended. */
export class ApiKeyChanged extends RowChanged<'api_key', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('api_key', verb, id, changes);
  }
}
