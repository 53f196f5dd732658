import { Injectable } from '@nestjs/common';
import type { ConnectablePage } from '../../channels/provider.js';
import { pagesOf } from '../../channels/facebook/facebook.connecting.js';
import type { OffsetPage, OffsetQuery } from '../../platform/http/pagination.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import type { IntegrationView } from '../integrations/integration.view.js';
import type { ConnectablePageView } from './connectable-page.view.js';
import type { ConnectFacebookPages } from './connections.dto.js';
import { PageConnector } from './page-connector.js';
import { askingProvider } from './provider-answers.js';

/** From what Facebook Login gave to a person to connected pages. Their own token is never kept, only the pages' are. */
@Injectable()
export class FacebookConnectionsService {
  constructor(
    private readonly connector: PageConnector,
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
  ) {}

  async list(userToken: string, query: OffsetQuery): Promise<OffsetPage<ConnectablePageView>> {
    return this.connector.show('facebook', await this.pages(userToken), query);
  }

  async connect({ userToken, pageIds, chatbotId }: ConnectFacebookPages): Promise<OffsetPage<IntegrationView>> {
    const pages = await this.pages(userToken);
    return this.connector.connect('facebook', pages, { ids: pageIds, field: 'pageIds', chatbotId });
  }

  private pages(userToken: string): Promise<ConnectablePage[]> {
    return askingProvider(() => pagesOf(userToken, this.channels.appOf('facebook'), this.http));
  }
}
