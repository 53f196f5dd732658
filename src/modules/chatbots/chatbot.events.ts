import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type Verb = 'created' | 'updated' | 'deleted';

/** A chatbot came, changed or went. */
export class ChatbotChanged extends RowChanged<'chatbot', Verb> {
  constructor(verb: Verb, id: string, changes?: Changes) {
    super('chatbot', verb, id, changes);
  }
}
