import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { auditEntryOf } from '../../platform/events/audit-entry.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage, CursorQuery } from '../../platform/http/pagination.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { MessageQueued, MessageRetried } from './message.events.js';
import { toMessageView } from './message.view.js';
import type { MessageRow, MessageView } from './message.view.js';
import type { SendMessage } from './messages.dto.js';
import { MessagesRepository } from './messages.repository.js';
import type { OutgoingMessage } from './messages.repository.js';

@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** A message is proof of its conversation; only where there is none the conversation itself is asked for. */
  async list(conversationId: string, query: CursorQuery): Promise<CursorPage<MessageView>> {
    const rows = await this.messages.list(conversationId, query);
    if (rows.length === 0) await this.conversations.get(conversationId);
    return toCursorPage(rows, query.limit, ({ createdAt: at, id }) => ({ at, id }), toMessageView);
  }

  /** The same `clientMessageId` twice is one message, and the same answer. */
  async send(conversationId: string, input: SendMessage): Promise<MessageView> {
    const { clientMessageId = null } = input;
    const message = { id: uuidv7(), conversationId, ...contentsOf(input), ...sender(), clientMessageId };
    const event = new MessageQueued(message.id, conversationId, message.attachments.length);
    const record = auditEntryOf(event);
    const queued = await this.messages.queue(message, record);
    if (!queued) return toMessageView(found(await this.sentBefore(conversationId, input)));
    this.events.announce(event, record);
    return toMessageView(queued);
  }

  /** 409 `message_not_failed` for any other message. */
  async retry(id: string): Promise<MessageView> {
    return this.database.transaction(async () => {
      const queued = await this.messages.requeue(id);
      if (!queued) throw found(await this.messages.find(id)) && notFailed();
      await this.events.publish(new MessageRetried(id, queued.conversationId));
      return toMessageView(queued);
    });
  }

  private async sentBefore(conversationId: string, { clientMessageId }: SendMessage): Promise<MessageRow | null> {
    return clientMessageId === undefined ? null : this.messages.findByClientMessageId(conversationId, clientMessageId);
  }
}

function notFailed(): AppError {
  return new AppError('message_not_failed', 409, 'Only a message that failed to be sent can be sent again');
}

/** Who is sending: a user as themselves, a partner's key on behalf of the organization. */
function sender(): Pick<OutgoingMessage, 'senderId' | 'senderType' | 'accountId'> {
  const { accountId, actor } = OrgContext;
  return { senderId: actor.id ?? actor.name, senderType: actor.type === 'user' ? 'user' : 'system', accountId };
}

function contentsOf(input: SendMessage): Pick<OutgoingMessage, 'text' | 'attachments' | 'metadata'> {
  const { text = null, attachments = [], template } = input;
  const isEmpty = text === null && attachments.length === 0;
  if (!template && isEmpty) throw AppError.invalidField('text', 'must be there, or attachments, or a template');
  if (template && !isEmpty) throw AppError.invalidField('template', 'must be sent alone, without text or attachments');
  return { text, attachments, metadata: template ? { template } : {} };
}
