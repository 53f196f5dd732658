import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** A customer and a page had their first words. */
export class ConversationCreated extends DomainEvent {
  readonly name = 'conversation.created';
  readonly target: { type: 'conversation'; id: string };
  override readonly isAudited = false;

  constructor(readonly conversationId: string) {
    super();
    this.target = { type: 'conversation', id: conversationId };
  }
}

/** Somebody worked on a conversation: took it, closed it, read it. */
export class ConversationUpdated extends DomainEvent {
  readonly name = 'conversation.updated';
  readonly target: { type: 'conversation'; id: string };

  constructor(
    readonly conversationId: string,
    override readonly changes: Changes,
  ) {
    super();
    this.target = { type: 'conversation', id: conversationId };
  }
}
