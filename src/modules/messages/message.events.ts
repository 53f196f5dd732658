import { DomainEvent, changesBetween } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** A message came to be, whoever wrote it. What it says stays out of events, and so out of the audit log. */
export abstract class MessageCreated extends DomainEvent {
  readonly name = 'message.created';
  readonly target: { type: 'message'; id: string };
  override readonly eventId: string;

  constructor(
    readonly messageId: string,
    /** Null only while the message is on its way into the database. */
    override readonly conversationId: string | null,
  ) {
    super();
    this.target = { type: 'message', id: messageId };
    this.eventId = messageId;
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

  constructor(
    messageId: string,
    conversationId: string | null,
    readonly attachments: number,
  ) {
    super(messageId, conversationId);
  }
}

/** Somebody wrote as the page elsewhere: on the provider's own site, or through another app. */
export class MessageEchoed extends MessageCreated {
  override readonly isAudited = false;

  constructor(
    messageId: string,
    conversationId: string | null,
    readonly attachments: number,
  ) {
    super(messageId, conversationId);
  }
}

/** A message got further, or something happened to it: sent, delivered, read, failed, edited, taken back, reacted to. */
export class MessageUpdated extends DomainEvent {
  readonly name = 'message.updated';
  readonly target: { type: 'message'; id: string };
  override readonly isAudited = false;

  constructor(
    readonly messageId: string,
    override readonly conversationId: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.target = { type: 'message', id: messageId };
  }
}

/** Somebody wants a message that failed to be sent again. */
export class MessageRetried extends DomainEvent {
  readonly name = 'message.retried';
  readonly target: { type: 'message'; id: string };
  override readonly changes: Changes = changesBetween({ status: 'failed' }, { status: 'queued' });

  constructor(
    readonly messageId: string,
    override readonly conversationId: string,
  ) {
    super();
    this.target = { type: 'message', id: messageId };
  }
}

/** A person is writing an answer. Said again while they do. */
export class AgentTyping extends DomainEvent {
  readonly name = 'agent.typing';
  readonly target: { type: 'conversation'; id: string };
  override readonly isAudited = false;

  constructor(override readonly conversationId: string) {
    super();
    this.target = { type: 'conversation', id: conversationId };
  }
}
