import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { auditEntryOf } from '../../platform/events/audit-entry.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage, CursorQuery } from '../../platform/http/pagination.js';
import { FileLinks } from '../../platform/secrets/file-links.js';
import { assertTurn } from '../conversations/chatbot-turn.js';
import { ConversationMoved } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { AgentTyping, MessageQueued, MessageRetried } from './message.events.js';
import { MessageContents, hasUploads } from './message-contents.service.js';
import { toMessageView } from './message.view.js';
import type { MessageRow, MessageView, TypingView } from './message.view.js';
import type { SendMessage } from './messages.dto.js';
import { MessagesRepository } from './messages.repository.js';
import { delivering } from './message-jobs.js';
import type { QueuedRow, Sender } from './messages.repository.js';

@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly contents: MessageContents,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
    private readonly followers: Followers,
    private readonly links: FileLinks,
  ) {}

  /** A message is proof of its conversation; only where there is none the conversation itself is asked for. */
  async list(conversationId: string, query: CursorQuery): Promise<CursorPage<MessageView>> {
    const rows = await this.messages.list(conversationId, query);
    if (rows.length === 0) await this.conversations.get(conversationId);
    return toCursorPage(
      rows,
      query.limit,
      ({ createdAt: at, id }) => ({ at, id }),
      (row) => toMessageView(row, this.links),
    );
  }

  async get(id: string): Promise<MessageView> {
    return toMessageView(found(await this.messages.find(id)), this.links);
  }

  /** Null where there is no such message (any more), for those who come later. */
  async find(id: string): Promise<MessageView | null> {
    const message = await this.messages.find(id);
    return message && toMessageView(message, this.links);
  }

  /** As the caller. The same `clientMessageId` twice is one message, and the same answer. */
  send(conversationId: string, input: SendMessage): Promise<MessageView> {
    const { chatbotId } = OrgContext.actor;
    if (chatbotId !== undefined) return this.sendAsChatbot(chatbotId, conversationId, input);
    return this.sendAs(sender(), conversationId, input);
  }

  /** As a chatbot, or as Polydesk. A person's message opens a conversation that a chatbot has; a chatbot's does not. */
  sendAs(sender: Sender, conversationId: string, input: SendMessage): Promise<MessageView> {
    const send = () => this.queue(sender, conversationId, input);
    return hasUploads(input) ? this.sendOnce(conversationId, input, send) : send();
  }

  /** Lets the customer see that somebody is writing, where the platform can show it. */
  async type(conversationId: string): Promise<TypingView> {
    assertTurn(await this.conversations.get(conversationId));
    this.events.announce(new AgentTyping(conversationId));
    return { conversationId };
  }

  /** 409 `message_not_failed` for any other message. */
  async retry(id: string): Promise<MessageView> {
    return this.database.transaction(async () => {
      await this.conversations.takeTurn(found(await this.messages.find(id)).conversationId);
      const queued = await this.messages.requeue(id);
      if (!queued) throw notFailed();
      await this.database.send(delivering(queued.conversationId));
      await this.events.publish(new MessageRetried(id, queued.conversationId));
      return toMessageView(queued, this.links);
    });
  }

  /** A message that is sent again has its files already: nobody else could be sent them. */
  private sendOnce(conversationId: string, input: SendMessage, send: () => Promise<MessageView>): Promise<MessageView> {
    return this.database.transaction(async () => {
      await this.conversations.takeTurn(conversationId);
      const before = await this.sentBefore(conversationId, input);
      return before ? toMessageView(before, this.links) : send();
    });
  }

  private async queue(sender: Sender, conversationId: string, input: SendMessage): Promise<MessageView> {
    const { clientMessageId = null } = input;
    const contents = await this.contents.of(conversationId, input);
    const message = { id: uuidv7(), conversationId, ...contents, ...sender, clientMessageId };
    const event = new MessageQueued(message.id, conversationId, message.attachments.length);
    const record = auditEntryOf(event);
    const also = [delivering(conversationId), ...(await this.followers.companionsOf(event))];
    const queued = await this.messages.queue(message, record, also);
    if (!queued) return toMessageView(found(await this.sentBefore(conversationId, input)), this.links);
    await this.contents.giveFiles(message.id, contents);
    this.events.announce(event, record);
    await this.tellOfMove(queued);
    return toMessageView(queued, this.links);
  }

  private async tellOfMove({ conversationId, statusBefore, statusAfter }: QueuedRow): Promise<void> {
    if (statusBefore === statusAfter) return;
    const moved = new ConversationMoved(conversationId, statusBefore, statusAfter);
    await this.database.transaction(() => this.events.publish(moved));
  }

  /** With its own key, while it has the conversation: until the message is kept nobody takes it from it. */
  private sendAsChatbot(senderId: string, conversationId: string, input: SendMessage): Promise<MessageView> {
    return this.database.transaction(async () => {
      await this.conversations.takeTurn(conversationId);
      return this.sendAs({ senderId, senderType: 'chatbot', accountId: null }, conversationId, input);
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
function sender(): Sender {
  const { accountId, actor } = OrgContext;
  return { senderId: actor.id ?? actor.name, senderType: actor.type === 'user' ? 'user' : 'system', accountId };
}
