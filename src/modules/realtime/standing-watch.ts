import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Events } from '../../platform/events/events.js';
import { ApiKeyChanged } from '../api-keys/api-key.events.js';
import { Standings } from '../auth/standings.js';
import { OrganizationChanged } from '../organizations/organization.events.js';
import { UserChanged } from '../users/user.events.js';
import { ConnectedSockets } from './connected-sockets.js';
import { RealtimeNode } from './realtime-node.js';

/** What changes past this application, by a command or by hand, is seen this much later. */
const CHECK_MS = 1_000;

/** Ends the sockets of those who may no longer have them: at once where nodes hear of the change, else within two seconds. */
@Injectable()
export class StandingWatch implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | null = null;
  private isDueAgain = false;

  constructor(
    private readonly events: Events,
    private readonly node: RealtimeNode,
    private readonly sockets: ConnectedSockets,
    private readonly standings: Standings,
  ) {}

  onModuleInit(): void {
    this.events.on(UserChanged, ({ verb }) => (verb === 'created' ? undefined : this.tellAll()));
    this.events.on(OrganizationChanged, ({ verb }) => (verb === 'created' ? undefined : this.tellAll()));
    this.events.on(ApiKeyChanged, ({ verb }) => (verb === 'created' ? undefined : this.tellAll()));
    this.node.io.on('standing', () => this.check());
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async tellAll(): Promise<void> {
    this.check();
    if ((await this.node.others()) > 0) this.node.io.serverSideEmit('standing');
  }

  /** What is asked for while a check is under way may be newer than what that one saw. */
  private check(): void {
    if (this.checking) {
      this.isDueAgain = true;
      return;
    }
    this.isDueAgain = false;
    this.checking = this.endRefused().finally(() => {
      this.checking = null;
      if (this.isDueAgain) this.check();
    });
  }

  private async endRefused(): Promise<void> {
    const connected = this.sockets.distinct();
    if (connected.length > 0) this.sockets.end(await this.standings.refusals(connected));
  }
}
