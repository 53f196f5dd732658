import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { PageAccess } from '../../channels/provider.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { found } from '../../platform/http/app-error.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { IntegrationChanged } from './integration.events.js';
import { disconnected, noSuchChatbot, pageConnected, pageInUse } from './integration.refusals.js';
import { CONNECTED, endOf, inWords, isDisconnected, toRow } from './integration-rows.js';
import { toIntegrationView } from './integration.view.js';
import type { IntegrationView } from './integration.view.js';
import type { ConnectIntegration, ListIntegrations, UpdateIntegration } from './integrations.dto.js';
import { IntegrationsRepository } from './integrations.repository.js';
import type { Page } from './integrations.repository.js';
import { LeavingPages } from './leaving-pages.js';
import { PageAccesses } from './page-accesses.js';
import { PartnerEndpoints } from './partner-endpoints.js';
import { NO_TOKENS, TokenVault } from './token-vault.js';

@Injectable()
export class IntegrationsService {
  constructor(
    private readonly integrations: IntegrationsRepository,
    private readonly accesses: PageAccesses,
    private readonly vault: TokenVault,
    private readonly database: Database,
    private readonly events: Events,
    private readonly leaving: LeavingPages,
    private readonly partners: PartnerEndpoints,
  ) {}

  async list(query: ListIntegrations): Promise<CursorPage<IntegrationView>> {
    const rows = await this.integrations.list(query);
    return toCursorPage(rows, query.limit, creationOf, toIntegrationView);
  }

  async get(id: string): Promise<IntegrationView> {
    return toIntegrationView(found(await this.integrations.find(id)));
  }

  /**
   * A page that was disconnected here comes back as the same integration, so that its conversations go on. `businessId`: the
   * account that holds it, where the provider has such.
   */
  connect(input: ConnectIntegration, businessId: string | null = null): Promise<IntegrationView> {
    return this.change(async () => {
      await this.requireChatbot(input.chatbotId);
      await this.partners.assert(input.platform, input.webhookEndpointId);
      const before = await this.integrations.lockPage(input);
      const id = before?.id ?? uuidv7();
      await this.claim(input, id);
      const after = await this.save(before, id, input, businessId);
      await this.events.publish(new IntegrationChanged('connected', id, changesBetween(before, after)));
      return toIntegrationView(after);
    });
  }

  update(id: string, input: UpdateIntegration, businessId?: string | null): Promise<IntegrationView> {
    return this.change(async () => {
      await this.requireChatbot(input.chatbotId);
      const before = found(await this.integrations.lock(id));
      await this.partners.assert(before.platform, input.webhookEndpointId);
      const row = { ...toRow(input), ...this.renewed(before, input), ...(businessId && { businessId }) };
      const after = found(await this.integrations.update(id, row));
      await this.events.publish(new IntegrationChanged('updated', id, changesBetween(before, after)));
      return toIntegrationView(after);
    });
  }

  /** Its history stays. A second time changes nothing. */
  async disconnect(id: string): Promise<IntegrationView> {
    await this.takeLeave(id);
    return this.change(async () => {
      const before = found(await this.integrations.lock(id));
      if (isDisconnected(before)) return toIntegrationView(before);
      await this.integrations.release(id);
      const row = { ...NO_TOKENS, isActive: false, expiresAt: null, status: 'disconnected', statusReason: null };
      const after = found(await this.integrations.update(id, row));
      await this.events.publish(new IntegrationChanged('disconnected', id, changesBetween(before, after)));
      return toIntegrationView(after);
    });
  }

  /** What opens the page, for work inside of us; null where it is not connected. */
  async access(id: string): Promise<PageAccess | null> {
    const integration = await this.integrations.find(id);
    return integration?.isActive ? this.accesses.of(integration) : null;
  }

  /** What a provider says of a page. Changes nothing where it is so already, or where the page is disconnected. */
  async markStatus(id: string, status: 'connected' | 'reconnect_required' | 'restricted', reason: string | null) {
    await this.database.transaction(async () => {
      const before = await this.integrations.lock(id);
      if (!before?.isActive || before.status === status) return;
      const after = found(await this.integrations.update(id, { status, statusReason: reason }));
      await this.events.publish(new IntegrationChanged('updated', id, changesBetween(before, after)));
    });
  }

  /** The integration of a page that is connected here; null where it is not. */
  async connectedAs(page: Page): Promise<IntegrationView | null> {
    const integration = await this.integrations.findConnected(page);
    return integration && toIntegrationView(integration);
  }

  /** A token that cannot be read any more takes leave of nobody. */
  private async takeLeave(id: string): Promise<void> {
    const integration = await this.integrations.find(id);
    const access = await this.access(id).catch(() => null);
    if (integration && access) await this.leaving.take({ id, platform: integration.platform, access });
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
    businessId: string | null,
  ): Promise<IntegrationModel> {
    const row = {
      ...toRow(input),
      ...this.vault.replace(NO_TOKENS, input, { orgId: OrgContext.orgId, integrationId: id }),
      expiresAt: endOf(input.expiresIn),
      ...CONNECTED,
      businessId,
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
    const isNew = accessToken !== undefined;
    return { ...tokens, ...(endsAnew && { expiresAt: endOf(expiresIn) }), ...(isNew && CONNECTED) };
  }
}
