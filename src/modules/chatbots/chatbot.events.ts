import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

type Verb = 'created' | 'updated' | 'deleted';

/** A chatbot came, changed or went. */
export class ChatbotChanged extends DomainEvent {
  readonly name: `chatbot.${Verb}`;
  readonly target: { type: 'chatbot'; id: string };

  constructor(
    verb: Verb,
    readonly chatbotId: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.name = `chatbot.${verb}`;
    this.target = { type: 'chatbot', id: chatbotId };
  }
}
