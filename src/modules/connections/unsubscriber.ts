import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { messageOf } from '../../platform/errors/thrown.js';
import { logger } from '../../platform/logging/logger.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import { LeavingPages } from '../integrations/leaving-pages.js';
import type { LeavingPage } from '../integrations/leaving-pages.js';
import { PageStandingSystemRepository } from './page-standing.system-repository.js';

const PATIENCE_MS = 5_000;

/** Ends the provider's subscription of a page before its token is erased. */
@Injectable()
export class Unsubscriber implements OnModuleInit {
  constructor(
    private readonly leaving: LeavingPages,
    private readonly standings: PageStandingSystemRepository,
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
  ) {}

  onModuleInit(): void {
    this.leaving.beforeDisconnect((page) => this.leave(page));
  }

  /** As well as it goes: a provider that is away, or a dead token, does not keep a page connected. */
  private async leave(page: LeavingPage): Promise<void> {
    try {
      if (await this.isShared(page)) return;
      await Promise.race([this.unsubscribe(page), giveUp()]);
    } catch (error) {
      logger.warn({ integrationId: page.id, reason: messageOf(error) }, 'A page could not be unsubscribed');
    }
  }

  /** A subscription of a whole business account is for the last of its pages to end. */
  private isShared({ id, platform, access: { businessId } }: LeavingPage): Promise<boolean> {
    if (businessId === null) return Promise.resolve(false);
    return this.standings.isShared(platform, businessId, { orgId: OrgContext.orgId, id });
  }

  private unsubscribe({ platform, access }: LeavingPage): Promise<void> {
    return this.channels.of(platform).unsubscribe(access, this.channels.appOf(platform), this.http);
  }
}

async function giveUp(): Promise<never> {
  await delay(PATIENCE_MS, undefined, { ref: false });
  throw new Error(`No answer within ${PATIENCE_MS} ms`);
}
