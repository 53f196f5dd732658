import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { violatedConstraint } from '../../platform/database/database-errors.js';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { found } from '../../platform/http/app-error.js';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { IntegrationChanged } from './integration.events.js';
import { disconnected, noSuchChatbot, pageConnected, pageInUse, tokensUnreadable } from './integration.refusals.js';
import { toIntegrationView } from './integration.view.js';
import type { IntegrationView } from './integration.view.js';
import type { ConnectIntegration, ListIntegrations, UpdateIntegration } from './integrations.dto.js';
import { IntegrationsRepository } from './integrations.repository.js';
import type { Page } from './integrations.repository.js';
import { DamagedTokenError, NO_TOKENS, TokenVault, UnknownTokenKeyError } from './token-vault.js';

@Injectable()
export class IntegrationsService {
  constructor(
    private readonly integrations: IntegrationsRepository,
    private readonly vault: TokenVault,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListIntegrations): Promise<CursorPage<IntegrationView>> {
    const rows = await this.integrations.list(query);
    return toCursorPage(
      rows,
      query.limit,
      ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }),
      toIntegrationView,
    );
  }

  async get(id: string): Promise<IntegrationView> {
    return toIntegrationView(found(await this.integrations.find(id)));
  }

  /** A page that was disconnected here comes back as the same integration, so that its conversations go on. */
  connect(input: ConnectIntegration): Promise<IntegrationView> {
    return this.change(async () => {
      await this.requireChatbot(input.chatbotId);
      const before = await this.integrations.lockPage(input);
      const id = before?.id ?? uuidv7();
      await this.claim(input, id);
      const after = await this.save(before, id, input);
      await this.events.publish(new IntegrationChanged('connected', id, changesBetween(before, after)));
      return toIntegrationView(after);
    });
  }

  update(id: string, input: UpdateIntegration): Promise<IntegrationView> {
    return this.change(async () => {
      await this.requireChatbot(input.chatbotId);
      const before = found(await this.integrations.lock(id));
      const row = { ...toRow(input), ...this.renewed(before, input) };
      const after = found(await this.integrations.update(id, row));
      await this.events.publish(new IntegrationChanged('updated', id, changesBetween(before, after)));
      return toIntegrationView(after);
    });
  }

  /** Its history stays. A second time changes nothing. */
  disconnect(id: string): Promise<IntegrationView> {
    return this.change(async () => {
      const before = found(await this.integrations.lock(id));
      if (isDisconnected(before)) return toIntegrationView(before);
      await this.integrations.release(id);
      const row = { ...NO_TOKENS, isActive: false, expiresAt: null };
      const after = found(await this.integrations.update(id, row));
      await this.events.publish(new IntegrationChanged('disconnected', id, changesBetween(before, after)));
      return toIntegrationView(after);
    });
  }

  private async change<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      throw inWords(error);
    }
  }

  private async requireChatbot(id: string | null | undefined): Promise<void> {
    if (id && !(await this.integrations.hasChatbot(id))) throw noSuchChatbot();
  }

  private async claim(page: Page, id: string): Promise<void> {
    if (await this.integrations.claim(page, id)) return;
    throw (await this.integrations.owns(page)) ? pageConnected() : pageInUse();
  }

  private async save(
    before: IntegrationModel | null,
    id: string,
    input: ConnectIntegration,
  ): Promise<IntegrationModel> {
    const row = {
      ...toRow(input),
      ...this.vault.replace(NO_TOKENS, input, { orgId: OrgContext.orgId, integrationId: id }),
      expiresAt: endOf(input.expiresIn),
      isActive: true,
      accountId: OrgContext.accountId,
      connectedAt: new Date(),
    };
    if (before) return found(await this.integrations.update(id, row));
    return this.integrations.create({ ...row, id, platform: input.platform, oaId: input.oaId });
  }

  /** The columns that new tokens change; none where the request brings none. */
  private renewed(before: IntegrationModel, { accessToken, refreshToken, expiresIn }: UpdateIntegration) {
    if (accessToken === undefined && refreshToken === undefined && expiresIn === undefined) return {};
    if (!before.isActive) throw disconnected();
    const owner = { orgId: before.orgId, integrationId: before.id };
    const tokens = this.vault.replace(before, { accessToken, refreshToken }, owner);
    // An end that was told for the old token says nothing about the new one.
    const endsAnew = accessToken !== undefined || expiresIn !== undefined;
    return { ...tokens, ...(endsAnew && { expiresAt: endOf(expiresIn) }) };
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof UnknownTokenKeyError || error instanceof DamagedTokenError) return tokensUnreadable();
  const constraint = violatedConstraint(error);
  // Both were looked up before; somebody was quicker.
  if (constraint === 'integrations_org_id_chatbot_id_fkey') return noSuchChatbot();
  if (constraint === 'integrations_org_id_platform_oa_id_key') return pageConnected();
  return error;
}

function isDisconnected({ isActive, accessToken, refreshToken }: IntegrationModel): boolean {
  return !isActive && accessToken === null && refreshToken === null;
}

function endOf(expiresIn: number | null | undefined): Date | null {
  return expiresIn ? new Date(Date.now() + expiresIn * 1_000) : null;
}

function toRow({ name, chatbotId, avatarUrl, meta }: UpdateIntegration) {
  return { name, chatbotId, avatarUrl, ...(meta && { meta: meta as Prisma.InputJsonObject }) };
}
