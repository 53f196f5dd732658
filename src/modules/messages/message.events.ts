import { DomainEvent, changesBetween } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** A message came to be, whoever wrote it. What it says stays out of events, and so out of the audit log. */
export abstract class MessageCreated extends DomainEvent {
  readonly name = 'message.created';
  readonly target: { type: 'message'; id: string };

  constructor(
    readonly messageId: string,
    readonly conversationId: string,
  ) {
    super();
    this.target = { type: 'message', id: messageId };
  }
}

/** Somebody here wrote, and it waits to be sent. */
export class MessageQueued extends MessageCreated {
  override readonly changes: Changes;

  constructor(messageId: string, conversationId: string, attachments: number) {
    super(messageId, conversationId);
    this.changes = changesBetween(null, { conversationId, attachments });
  }
}

/** A customer wrote. */
export class MessageReceived extends MessageCreated {
  override readonly isAudited = false;
}

/** Somebody wrote as the page elsewhere: on the provider's own site, or through another app. */
export class MessageEchoed extends MessageCreated {
  override readonly isAudited = false;
}

/** Somebody wants a message that failed to be sent again. */
export class MessageRetried extends DomainEvent {
  readonly name = 'message.retried';
  readonly target: { type: 'message'; id: string };
  override readonly changes: Changes = changesBetween({ status: 'failed' }, { status: 'queued' });

  constructor(
    readonly messageId: string,
    readonly conversationId: string,
  ) {
    super();
    this.target = { type: 'message', id: messageId };
  }
}
