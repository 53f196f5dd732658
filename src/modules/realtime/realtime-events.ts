import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Events } from '../../platform/events/events.js';
import { AppError } from '../../platform/http/app-error.js';
import { logger } from '../../platform/logging/logger.js';
import { ConversationCreated, ConversationUpdated } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { MessageCreated, MessageRetried, MessageUpdated } from '../messages/message.events.js';
import { MessagesService } from '../messages/messages.service.js';
import { Announcer } from './announcer.js';
import { Lanes } from './lanes.js';
import { cursorFromNow } from './message-changes.cursor.js';
import { RealtimeNode } from './realtime-node.js';
import { rooms } from './rooms.js';

const GATHERING_MS = 1_000;

/** An event that sockets are told of: whose, in which order, to whom, and what it shows. */
interface Shown {
  orgId: string;
  event: 'message.created' | 'message.updated' | 'conversation.created' | 'conversation.updated';
  id: string;
  conversationId: string;
  room: string;
  view: () => Promise<object>;
}

/** Tells sockets what happened, as the same views that HTTP answers with, in the order of each conversation. */
@Injectable()
export class RealtimeEvents implements OnModuleInit {
  private readonly lanes = new Lanes();
  /** Organizations that are about to be told that they missed something. */
  private readonly missing = new Set<string>();

  constructor(
    private readonly events: Events,
    private readonly messages: MessagesService,
    private readonly conversations: ConversationsService,
    private readonly announcer: Announcer,
    private readonly node: RealtimeNode,
  ) {}

  /** What arrives changes its conversation too: the last message, the number unread, the status. */
  onModuleInit(): void {
    this.events.on(MessageCreated, async ({ messageId, conversationId }) => {
      const orgId = OrgContext.orgId;
      if (conversationId === null || !(await this.announcer.isHeard(orgId))) return;
      this.message(orgId, 'message.created', messageId, conversationId);
      this.conversation(orgId, 'conversation.updated', conversationId);
    });
    for (const type of [MessageUpdated, MessageRetried])
      this.events.on<MessageUpdated | MessageRetried>(type, async ({ messageId, conversationId }) => {
        const orgId = OrgContext.orgId;
        if (await this.announcer.isHeard(orgId)) this.message(orgId, 'message.updated', messageId, conversationId);
      });
    for (const type of [ConversationCreated, ConversationUpdated])
      this.events.on<ConversationCreated | ConversationUpdated>(type, async ({ name, conversationId }) => {
        const orgId = OrgContext.orgId;
        if (await this.announcer.isHeard(orgId)) this.conversation(orgId, name, conversationId);
      });
    this.node.onGap(() => this.node.io.local.emit('events.missed'));
  }

  private message(orgId: string, event: Shown['event'], id: string, conversationId: string): void {
    const room = rooms.messages(orgId);
    this.show({ orgId, event, id, conversationId, room, view: () => this.messages.get(id) });
  }

  private conversation(orgId: string, event: Shown['event'], id: string): void {
    const room = rooms.conversations(orgId);
    this.show({ orgId, event, id, conversationId: id, room, view: () => this.conversations.get(id) });
  }

  private show(shown: Shown): void {
    const { orgId, event, id, conversationId } = shown;
    const isTaken = this.lanes.add(conversationId, `${event} ${orgId} ${id}`, () => this.tell(shown));
    if (!isTaken) this.tellMissed(orgId);
  }

  private async tell({ orgId, event, room, view }: Shown): Promise<void> {
    try {
      const content = [await OrgContext.runAsSystem(orgId, 'realtime', view), { cursor: cursorFromNow() }];
      await this.announcer.tell({ orgId, room, event, content, except: null });
    } catch (error) {
      if (error instanceof AppError) return; // It is gone, and with it what there was to tell.
      logger.warn({ err: error }, `Sockets could not be told of ${event}`);
      this.tellMissed(orgId);
    }
  }

  /** Clients ask for what they missed: once, however much that is. */
  private tellMissed(orgId: string): void {
    if (this.missing.has(orgId)) return;
    this.missing.add(orgId);
    setTimeout(() => {
      this.missing.delete(orgId);
      const room = rooms.everybody(orgId);
      void this.announcer.tell({ orgId, room, event: 'events.missed', content: [], except: null });
    }, GATHERING_MS).unref();
  }
}
