import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { Caller } from '../auth/callers.js';
import { Board } from './board.js';
import type { BoardMessage } from './board.js';
import { OwnSockets } from './own-sockets.js';
import { RealtimeNode } from './realtime-node.js';
import { rooms } from './rooms.js';

const BEAT_MS = 2_000;
/** How long a first socket waits for other nodes to know of it. One of them may just have died. */
const HEARD_WITHIN_MS = 1_000;

/**
 * Who is online, on any node. Each node tells the others whose sockets it has, when that changes, and works out for its own
 * sockets who came and went; a beat with the number of its changes lets the others notice that they missed one, and its
 * absence that the node is gone.
 */
@Injectable()
export class Presence implements OnModuleInit, OnModuleDestroy {
  private readonly name = randomUUID();
  private readonly own = new OwnSockets();
  private readonly board = new Board();
  private beating: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(private readonly node: RealtimeNode) {}

  onModuleInit(): void {
    this.node.io.on('board', (message) => this.hear(message));
    this.node.io.on('arrived', (message, heard) => {
      this.hear(message);
      heard();
    });
    this.node.onGap(() => this.board.doubt());
    this.beating = setInterval(() => void this.beat(), BEAT_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.beating);
    await this.tellNodes({ node: this.name, kind: 'gone' });
  }

  /** A socket came. Resolves when the other nodes know that its organization has one here, or do not say so in time. */
  async enter(caller: Caller): Promise<void> {
    const { orgId } = caller;
    const isNews = this.noticing([orgId], () => this.own.add(orgId, personOf(caller)));
    if (!isNews || (await this.node.others()) === 0) return;
    const heard = this.node.io.of('/').serverSideEmitWithAck('arrived', this.change(orgId));
    await Promise.race([heard.catch(() => undefined), delay(HEARD_WITHIN_MS, undefined, { ref: false })]);
  }

  /** A socket went. */
  leave(caller: Caller): void {
    const { orgId } = caller;
    if (this.isClosing) return;
    const isNews = this.noticing([orgId], () => this.own.remove(orgId, personOf(caller)));
    if (isNews) void this.tellNodes(this.change(orgId));
  }

  /** The ids of the users of an organization who are online. */
  online(orgId: string): string[] {
    return [...new Set([...(this.own.usersOf(orgId) ?? []), ...this.board.usersOf(orgId)])];
  }

  isHeardHere(orgId: string): boolean {
    return this.own.usersOf(orgId) !== null;
  }

  /** Whether another node has a socket of the organization, or has not yet said whether it has. */
  async isHeardElsewhere(orgId: string): Promise<boolean> {
    const others = await this.node.others();
    return others > 0 && (others > this.board.size || this.board.hasOrganization(orgId));
  }

  private change(orgId: string): BoardMessage {
    const { name: node, own } = this;
    return { node, version: own.version, kind: 'changed', orgId, users: own.usersOf(orgId) };
  }

  private async beat(): Promise<void> {
    for (const silent of this.board.silent()) this.forget(silent);
    await this.tellNodes({ node: this.name, version: this.own.version, kind: 'beat' });
  }

  private async tellNodes(message: BoardMessage): Promise<void> {
    if ((await this.node.others()) > 0) this.node.io.serverSideEmit('board', message);
  }

  private hear(message: BoardMessage): void {
    const { node, kind } = message;
    if (kind === 'gone') return this.forget(node);
    if (kind === 'ask') return this.answer(message.asked);
    if (kind === 'whole') return this.learn(node, message.version, message.organizations);
    const isNext = this.board.keepsUpWith(node, kind === 'changed' ? message.version - 1 : message.version);
    if (!isNext) return void this.tellNodes({ node: this.name, kind: 'ask', asked: node });
    if (kind === 'changed')
      this.noticing([message.orgId], () => this.board.change(node, message.version, message.orgId, message.users));
  }

  private answer(asked: string): void {
    if (asked !== this.name) return;
    const { name: node, own } = this;
    void this.tellNodes({ node, version: own.version, kind: 'whole', organizations: own.all() });
  }

  private learn(node: string, version: number, organizations: [string, string[]][]): void {
    const concerned = [...this.board.organizationsOf(node), ...organizations.map(([orgId]) => orgId)];
    this.noticing(concerned, () => this.board.put(node, version, organizations));
  }

  private forget(node: string): void {
    this.noticing(this.board.organizationsOf(node), () => this.board.remove(node));
  }

  /** Tells the sockets here who came and who went by what `work` does. */
  private noticing<T>(orgIds: string[], work: () => T): T {
    const before = new Map(orgIds.map((orgId) => [orgId, this.online(orgId)]));
    const result = work();
    for (const [orgId, were] of before) if (this.isHeardHere(orgId)) this.tell(orgId, were, this.online(orgId));
    return result;
  }

  private tell(orgId: string, were: string[], are: string[]): void {
    const [old, now] = [new Set(were), new Set(are)];
    const people = this.node.io.local.to(rooms.people(orgId));
    for (const userId of are) if (!old.has(userId)) people.emit('presence', { userId, isOnline: true });
    for (const userId of were) if (!now.has(userId)) people.emit('presence', { userId, isOnline: false });
  }
}

/** Whom others see: members of the organization, and neither keys nor super admins on a visit. */
function personOf({ orgId, actor }: Caller): string | null {
  return actor.type === 'user' && actor.orgId === orgId ? actor.id : null;
}
