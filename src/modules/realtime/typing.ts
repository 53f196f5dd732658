import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Events } from '../../platform/events/events.js';
import type { Caller } from '../auth/callers.js';
import { AgentTyping } from '../messages/message.events.js';
import { Announcer } from './announcer.js';
import type { RealtimeSocket } from './connected-sockets.js';
import { rooms } from './rooms.js';

/** Who does not say again that they are typing has stopped. */
const EXPIRES_AFTER_MS = 6_000;
/** How often it is told again, for those who came to look later. */
const AGAIN_AFTER_MS = 3_000;

/** Somebody who is typing in a conversation. */
interface Typist {
  expiry: NodeJS.Timeout;
  toldAt: number;
}

/** Tells those who watch a conversation who is typing in it; whoever reaches the customer hears of it too. */
@Injectable()
export class Typing {
  private readonly typists = new WeakMap<RealtimeSocket, Map<string, Typist>>();

  constructor(
    private readonly announcer: Announcer,
    private readonly events: Events,
  ) {}

  start(socket: RealtimeSocket, caller: Caller, conversationId: string): void {
    const typing = this.typists.get(socket) ?? new Map<string, Typist>();
    this.typists.set(socket, typing);
    const known = typing.get(conversationId);
    clearTimeout(known?.expiry);
    const expiry = setTimeout(() => this.stop(socket, caller, conversationId), EXPIRES_AFTER_MS).unref();
    const isDue = !known || Date.now() - known.toldAt >= AGAIN_AFTER_MS;
    typing.set(conversationId, { expiry, toldAt: isDue ? Date.now() : known.toldAt });
    if (!isDue) return;
    this.tell(caller, conversationId, true);
    OrgContext.runAsSystem(caller.orgId, 'typing', () => this.events.announce(new AgentTyping(conversationId)));
  }

  stop(socket: RealtimeSocket, caller: Caller, conversationId: string): void {
    const typing = this.typists.get(socket);
    clearTimeout(typing?.get(conversationId)?.expiry);
    if (typing?.delete(conversationId)) this.tell(caller, conversationId, false);
  }

  stopAll(socket: RealtimeSocket, caller: Caller): void {
    for (const conversationId of [...(this.typists.get(socket)?.keys() ?? [])])
      this.stop(socket, caller, conversationId);
  }

  /** Not to themselves, on whichever of their screens. */
  private tell(caller: Caller, conversationId: string, isTyping: boolean): void {
    const { orgId, actor } = caller;
    const typing = { conversationId, user: { id: actor.id, name: actor.name }, isTyping };
    const room = rooms.conversation(orgId, conversationId);
    void this.announcer.tell({ orgId, room, event: 'typing', content: [typing], except: rooms.caller(caller) });
  }
}
