import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** A customer and a page had their first words. */
export class ConversationCreated extends DomainEvent {
  readonly name = 'conversation.created';
  readonly target: { type: 'conversation'; id: string };
  override readonly isAudited = false;

  constructor(override readonly conversationId: string) {
    super();
    this.target = { type: 'conversation', id: conversationId };
  }
}

/** Somebody worked on a conversation: took it, closed it, read it. */
export class ConversationUpdated extends DomainEvent {
  readonly name = 'conversation.updated';
  readonly target: { type: 'conversation'; id: string };
  override readonly isAudited: boolean = true;

  constructor(
    override readonly conversationId: string,
    override readonly changes: Changes,
  ) {
    super();
    this.target = { type: 'conversation', id: conversationId };
  }
}

/** A message moved a conversation: a customer's brought it back, a person's took it from its chatbot. The message says who. */
export class ConversationMoved extends ConversationUpdated {
  override readonly isAudited = false;

  constructor(conversationId: string, from: string, to: string) {
    super(conversationId, { status: { from, to } });
  }
}
