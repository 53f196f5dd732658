import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'updated' | 'rotated' | 'disabled' | 'deleted';

/** An endpoint came, changed, got a new secret, went; or Polydesk gave it up, with the reason among the changes. */
export class WebhookEndpointChanged extends RowChanged<'webhook_endpoint', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('webhook_endpoint', verb, id, changes);
  }
}
