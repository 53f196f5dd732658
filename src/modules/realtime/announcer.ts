import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Presence } from './presence.js';
import { RealtimeNode } from './realtime-node.js';

/** An event on its way to the sockets of one room. */
export interface Delivery {
  orgId: string;
  room: string;
  event: string;
  content: unknown[];
  /** A room whose sockets do not hear it. */
  except: string | null;
}

/** Tells sockets of an event, on every node that has some of the organization. */
@Injectable()
export class Announcer implements OnModuleInit {
  constructor(
    private readonly node: RealtimeNode,
    private readonly presence: Presence,
  ) {}

  onModuleInit(): void {
    this.node.io.on('deliver', (delivery) => this.deliver(delivery));
  }

  /** Whether anybody can hear what happens in an organization: where nobody does, nothing needs to be looked up for them. */
  async isHeard(orgId: string): Promise<boolean> {
    return this.presence.isHeardHere(orgId) || (await this.presence.isHeardElsewhere(orgId));
  }

  async tell(delivery: Delivery): Promise<void> {
    this.deliver(delivery);
    if (await this.presence.isHeardElsewhere(delivery.orgId)) this.node.io.serverSideEmit('deliver', delivery);
  }

  private deliver({ room, event, content, except }: Delivery): void {
    const sockets = this.node.io.local.to(room);
    (except === null ? sockets : sockets.except(except)).emit(event, ...content);
  }
}
