import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ProviderError } from '../../channels/provider.js';
import type { ProviderApp, Tokens } from '../../channels/provider.js';
import { accountOf } from '../../channels/zalo/zalo.account.js';
import { refresh } from '../../channels/zalo/zalo.oauth.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { Events } from '../../platform/events/events.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import { IntegrationChanged } from '../integrations/integration.events.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { TokenExchange } from '../integrations/token-exchange.js';
import { TokenRenewals } from '../integrations/token-renewals.js';
import { ZaloTokensSystemRepository } from './zalo-tokens.system-repository.js';

const TASK = 'refresh-token';
const LEAST_LEFT_MS = 3_600_000;
/** How much of its life a token still has when it is renewed, if that is more than the least. */
const SHARE_LEFT = 0.2;
const MOST_A_MINUTE = 1_000;

/** A pair of tokens, told by its end. */
interface Ending {
  integrationId: string;
  endsAt: string;
}

/**
 * Renews Zalo's access tokens before they end: by a job for each pair from the moment that we have it, and by a look at the
 * clock every minute for those whose job was lost or could not be done. And at once, where Zalo does not accept one.
 */
@Injectable()
export class ZaloTokenRefresh implements OnModuleInit {
  private readonly app: ProviderApp;

  constructor(
    private readonly exchange: TokenExchange,
    private readonly renewals: TokenRenewals,
    private readonly integrations: IntegrationsService,
    private readonly tokens: ZaloTokensSystemRepository,
    private readonly http: ProviderHttp,
    private readonly jobs: Jobs,
    private readonly events: Events,
    channels: Channels,
  ) {
    this.app = channels.appOf('zalo');
  }

  onModuleInit(): void {
    this.jobs.handle(TASK, (payload) => this.renewEnding(payload as unknown as Ending)); // As `ask` wrote it.
    this.jobs.everyMinute('refresh-tokens', () => this.sweep());
    this.renewals.register('zalo', (id) => this.renewRefused(id));
    this.events.on(IntegrationChanged, (event) => this.plan(event));
  }

  /** Asks for whatever ends within the hour. */
  async sweep(): Promise<void> {
    const ending = await this.tokens.endingBefore(new Date(Date.now() + LEAST_LEFT_MS), MOST_A_MINUTE);
    for (const { orgId, id, endsAt } of ending)
      await OrgContext.runAsSystem(orgId, TASK, () => this.ask(id, endsAt, new Date()));
  }

  private async plan({ verb, changes, target }: IntegrationChanged): Promise<void> {
    if (verb === 'disconnected' || !('expiresAt' in changes)) return;
    const { platform, expiresAt } = await this.integrations.get(target.id);
    if (platform !== 'zalo' || expiresAt === null) return;
    const endsAt = new Date(expiresAt);
    await this.ask(target.id, endsAt, dueAt(endsAt, Date.now()));
  }

  /** Asking twice for the same pair is asking once. */
  private ask(integrationId: string, end: Date, runAt: Date): Promise<void> {
    const endsAt = end.toISOString();
    return this.jobs.add(TASK, { integrationId, endsAt }, { key: `${TASK} ${integrationId} ${endsAt}`, runAt });
  }

  /** Nothing is to be done where other tokens have taken their place. */
  private async renewEnding({ integrationId, endsAt: meant }: Ending): Promise<void> {
    const isDue = ({ endsAt }: { endsAt: Date | null }) => endsAt?.toISOString() === meant;
    await this.exchange.renew(integrationId, { isDue, exchange: (token) => this.refresh(token) });
  }

  /** Where Zalo accepts the token that we have by now, somebody else was refused too, and has renewed it. */
  private renewRefused(integrationId: string): Promise<boolean> {
    const isDue = ({ accessToken }: { accessToken: string }) => this.isDead(accessToken);
    return this.exchange.renew(integrationId, { isDue, exchange: (token) => this.refresh(token) });
  }

  private async isDead(accessToken: string): Promise<boolean> {
    try {
      await accountOf(accessToken, this.app, this.http);
      return false;
    } catch (error) {
      if (error instanceof ProviderError && error.failure.kind === 'token') return true;
      throw error;
    }
  }

  private refresh(refreshToken: string): Promise<Tokens> {
    return refresh(refreshToken, this.app, this.http);
  }
}

/** After four fifths of the life that a token has from now on, and at least an hour before it ends. */
export function dueAt(endsAt: Date, now: number): Date {
  const life = endsAt.getTime() - now;
  return new Date(Math.max(now, endsAt.getTime() - Math.max(LEAST_LEFT_MS, life * SHARE_LEFT)));
}
