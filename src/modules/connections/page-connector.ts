import { Injectable } from '@nestjs/common';
import type { ConnectablePage } from '../../channels/provider.js';
import type { Platform } from '../../channels/channel.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { toOffsetPage } from '../../platform/http/pagination.js';
import type { OffsetPage, OffsetQuery } from '../../platform/http/pagination.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import { pageInUse } from '../integrations/integration.refusals.js';
import type { IntegrationView } from '../integrations/integration.view.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { toConnectablePageView } from './connectable-page.view.js';
import type { ConnectablePageView, Standing } from './connectable-page.view.js';
import { PageStandingSystemRepository } from './page-standing.system-repository.js';
import { askingProvider } from './provider-answers.js';

const LONGEST_NAME = 255;

/** Which of the listed pages to connect. `field` is where the request names them. */
export interface Choice {
  ids: string[];
  field: string;
  chatbotId: string | null | undefined;
}

/** Connects pages that a provider has listed, for the caller's organization. */
@Injectable()
export class PageConnector {
  constructor(
    private readonly integrations: IntegrationsService,
    private readonly standings: PageStandingSystemRepository,
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
  ) {}

  async show(
    platform: Platform,
    pages: ConnectablePage[],
    query: OffsetQuery,
  ): Promise<OffsetPage<ConnectablePageView>> {
    const shown = pages.slice(query.offset, query.offset + query.limit);
    const standings = await this.standingsOf(platform, shown);
    return toOffsetPage(shown, pages.length, query, (page) =>
      toConnectablePageView(page, standings.get(page.oaId) ?? null),
    );
  }

  /**
   * Connects them one by one, or renews their tokens where they are connected here. Those before one that fails stay
   * connected; of that one nothing remains.
   */
  async connect(platform: Platform, pages: ConnectablePage[], choice: Choice): Promise<OffsetPage<IntegrationView>> {
    const chosen = chosenOf(pages, choice);
    const standings = await this.standingsOf(platform, chosen);
    if ([...standings.values()].includes('elsewhere')) throw pageInUse();
    const views: IntegrationView[] = [];
    for (const page of chosen) views.push(await this.connectOne(platform, page, choice.chatbotId));
    return toOffsetPage(views, views.length, { limit: chosen.length, offset: 0 }, (view) => view);
  }

  private async connectOne(
    platform: Platform,
    page: ConnectablePage,
    chatbotId: Choice['chatbotId'],
  ): Promise<IntegrationView> {
    const here = await this.integrations.connectedAs({ platform, oaId: page.oaId });
    return here ? this.renew(here, page, chatbotId) : this.begin(platform, page, chatbotId);
  }

  /** It is ours already, so that the subscription can come first: what fails leaves the page as it was. */
  private async renew({ id, platform }: IntegrationView, page: ConnectablePage, chatbotId: Choice['chatbotId']) {
    await this.subscribe(platform, page);
    const { accessToken, avatarUrl, businessId } = page;
    return this.integrations.update(id, { accessToken, avatarUrl, ...theirs(chatbotId) }, businessId);
  }

  /** Made ours before it is subscribed: to subscribe it first, and have to undo that, would silence another owner. */
  private async begin(platform: Platform, page: ConnectablePage, chatbotId: Choice['chatbotId']) {
    const { oaId, accessToken, avatarUrl, businessId } = page;
    const name = page.name.slice(0, LONGEST_NAME).toWellFormed();
    const input = { platform, oaId, name, accessToken, avatarUrl, ...theirs(chatbotId) };
    const view = await this.integrations.connect(input, businessId);
    try {
      await this.subscribe(platform, page);
    } catch (error) {
      await this.integrations.disconnect(view.id);
      throw error;
    }
    return view;
  }

  private subscribe(platform: string, page: ConnectablePage): Promise<void> {
    const [channel, app] = [this.channels.of(platform), this.channels.appOf(platform)];
    return askingProvider(() => channel.subscribe(page, app, this.http));
  }

  private async standingsOf(platform: Platform, pages: ConnectablePage[]): Promise<Map<string, Standing>> {
    if (pages.length === 0) return new Map();
    const owners = await this.standings.owners(
      platform,
      pages.map(({ oaId }) => oaId),
    );
    const standingOf = (orgId: string): Standing => (orgId === OrgContext.orgId ? 'here' : 'elsewhere');
    return new Map(owners.map(({ externalId, orgId }) => [externalId, standingOf(orgId)]));
  }
}

/** Left out, a chatbot stays as it is. */
function theirs(chatbotId: Choice['chatbotId']): { chatbotId?: string | null } {
  return chatbotId === undefined ? {} : { chatbotId };
}

function chosenOf(pages: ConnectablePage[], { ids, field }: Choice): ConnectablePage[] {
  const listed = new Map(pages.map((page) => [page.oaId, page]));
  const chosen = ids.map((id) => listed.get(id)).filter((page) => page !== undefined);
  if (chosen.length < ids.length) throw AppError.invalidField(field, 'must be ids that the token was given rights to');
  return chosen;
}
