import { Injectable } from '@nestjs/common';
import { ProviderError } from '../../channels/provider.js';
import type { Tokens } from '../../channels/provider.js';
import { Database } from '../../platform/database/database.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { IntegrationsRepository } from './integrations.repository.js';
import { IntegrationsService } from './integrations.service.js';
import { TokenVault } from './token-vault.js';

/** Postgres ends a transaction that says nothing for 15 s; a provider may take longer than that. */
const BEAT_MS = 5_000;

/** How a provider's tokens are renewed, for whoever holds the lock. */
export interface Renewal {
  /** Whether it is still to be done: another may have come first. */
  isDue(current: { accessToken: string; endsAt: Date | null }): boolean | Promise<boolean>;
  exchange(refreshToken: string): Promise<Tokens>;
}

/** New pairs of tokens for old ones, one at a time for each integration, on whatever node. */
@Injectable()
export class TokenExchange {
  constructor(
    private readonly integrations: IntegrationsRepository,
    private readonly service: IntegrationsService,
    private readonly vault: TokenVault,
    private readonly database: Database,
  ) {}

  /**
   * Exchanges the refresh token, which may be good only once, and commits the new pair before anybody can use it. The
   * integration is locked meanwhile. False where it has no token that opens the page: a final refusal leaves it
   * `reconnect_required`; any other error leaves it as it was, and is thrown.
   */
  renew(id: string, renewal: Renewal): Promise<boolean> {
    return this.database.transaction(async () => {
      const integration = await this.integrations.lock(id);
      if (!integration?.isActive || integration.status === 'reconnect_required') return false;
      return this.keptAwake(id, () => this.renewLocked(integration, renewal));
    });
  }

  private async renewLocked(integration: IntegrationModel, { isDue, exchange }: Renewal): Promise<boolean> {
    const { orgId, id, expiresAt: endsAt } = integration;
    const { accessToken, refreshToken } = this.vault.opened(integration, { orgId, integrationId: id });
    if (!(await isDue({ accessToken: accessToken ?? '', endsAt }))) return true;
    if (refreshToken === null) return this.giveUp(id, NO_REFRESH_TOKEN);
    try {
      await this.keep(integration, await exchange(refreshToken));
      return true;
    } catch (error) {
      if (!(error instanceof ProviderError) || isPassing(error)) throw error;
      return this.giveUp(id, error.message);
    }
  }

  /** A page that the provider holds back has not been let go by that. */
  private async keep({ id, status, statusReason }: IntegrationModel, tokens: Tokens): Promise<void> {
    const { accessToken, refreshToken, expiresInSeconds: expiresIn } = tokens;
    await this.service.update(id, { accessToken, refreshToken, expiresIn });
    if (status === 'restricted') await this.service.markStatus(id, 'restricted', statusReason);
  }

  private async giveUp(id: string, reason: string): Promise<false> {
    await this.service.markStatus(id, 'reconnect_required', reason);
    return false;
  }

  private async keptAwake<T>(id: string, work: () => Promise<T>): Promise<T> {
    const beat = setInterval(() => void this.integrations.find(id).catch(() => undefined), BEAT_MS);
    try {
      return await work();
    } finally {
      clearInterval(beat);
    }
  }
}

const NO_REFRESH_TOKEN = 'Its token has ended, and there is none to renew it with: connect the page again.';

function isPassing({ failure: { kind } }: ProviderError): boolean {
  return kind === 'transient' || kind === 'throttled';
}
