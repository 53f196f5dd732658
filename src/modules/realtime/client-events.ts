import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import type { Permission } from '../../platform/context/permissions.js';
import { AppError } from '../../platform/http/app-error.js';
import type { Caller } from '../auth/callers.js';
import { RequestLimits } from '../auth/request-limits.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { assertOnly, conversationIdIn, fieldsOf, flagIn } from './client-payload.js';
import type { RealtimeSocket } from './connected-sockets.js';
import { Presence } from './presence.js';
import { rooms } from './rooms.js';
import { Typing } from './typing.js';

const MOST_WATCHED = 100;

/** A client says something on its socket. */
export interface Said {
  socket: RealtimeSocket;
  caller: Caller;
  payload: unknown;
}

/** What clients may say. Answers with what the acknowledgement shows; throws what it says instead. */
@Injectable()
export class ClientEvents {
  private readonly handlers = new Map<string, (said: Said) => Promise<object | void> | object | void>([
    ['conversation.watch', (said) => this.watch(said)],
    ['conversation.unwatch', (said) => this.unwatch(said)],
    ['typing', (said) => this.type(said)],
    ['presence.list', (said) => this.listPresent(said)],
  ]);

  constructor(
    private readonly conversations: ConversationsService,
    private readonly limits: RequestLimits,
    private readonly presence: Presence,
    private readonly typing: Typing,
  ) {}

  async handle(event: string, said: Said): Promise<object | void> {
    const handler = this.handlers.get(event);
    if (!handler) throw new AppError('invalid', 422, 'There is no such event');
    return handler(said);
  }

  /** It is looked up as by a request, so another organization's is not there. */
  private async watch({ socket, caller, payload }: Said): Promise<void> {
    assertMay(caller, 'conversations:read');
    const fields = fieldsOf(payload);
    assertOnly(fields, ['conversationId']);
    const id = conversationIdIn(fields);
    await this.limits.count(caller, { headers: () => undefined });
    await asCaller(caller, socket, () => this.conversations.get(id));
    const room = rooms.conversation(caller.orgId, id);
    if (!socket.rooms.has(room) && watchedBy(socket) >= MOST_WATCHED)
      throw new AppError('too_many', 429, `A socket watches at most ${MOST_WATCHED} conversations: unwatch some`);
    if (socket.connected) await socket.join(room);
  }

  private async unwatch({ socket, caller, payload }: Said): Promise<void> {
    const fields = fieldsOf(payload);
    assertOnly(fields, ['conversationId']);
    const id = conversationIdIn(fields);
    this.typing.stop(socket, caller, id);
    await socket.leave(rooms.conversation(caller.orgId, id));
  }

  /** Only where the socket watches, so that nothing has to be looked up for every key that somebody presses. */
  private type({ socket, caller, payload }: Said): void {
    assertMay(caller, 'messages:write');
    if (caller.actor.type !== 'user') throw AppError.forbidden();
    const fields = fieldsOf(payload);
    assertOnly(fields, ['conversationId', 'isTyping']);
    const [id, isTyping] = [conversationIdIn(fields), flagIn(fields, 'isTyping')];
    if (!socket.rooms.has(rooms.conversation(caller.orgId, id))) throw AppError.notFound();
    if (isTyping) this.typing.start(socket, caller, id);
    else this.typing.stop(socket, caller, id);
  }

  private listPresent({ socket, caller, payload }: Said): object {
    if (!socket.rooms.has(rooms.people(caller.orgId))) throw AppError.forbidden();
    if (payload !== undefined && payload !== null) assertOnly(fieldsOf(payload), []);
    return { data: this.presence.online(caller.orgId) };
  }
}

function assertMay({ actor }: Caller, permission: Permission): void {
  if (!actor.permissions.has(permission)) throw AppError.forbidden();
}

function watchedBy({ rooms: joined }: RealtimeSocket): number {
  return [...joined].filter((room) => room.startsWith('conversation ')).length;
}

function asCaller<T>({ orgId, actor }: Caller, { id, handshake }: RealtimeSocket, work: () => T): T {
  const context = new OrgContext({
    requestId: `socket:${id}`,
    ip: handshake.address,
    userAgent: handshake.headers['user-agent'] ?? null,
  });
  context.bind(orgId, actor);
  return OrgContext.run(context, work);
}
