import { Injectable } from '@nestjs/common';
import type { ConnectablePage } from '../../channels/provider.js';
import { numbersOf } from '../../channels/whatsapp/whatsapp.connecting.js';
import type { OffsetPage, OffsetQuery } from '../../platform/http/pagination.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import type { IntegrationView } from '../integrations/integration.view.js';
import type { ConnectablePageView } from './connectable-page.view.js';
import type { ConnectWhatsAppNumbers, ListWhatsAppNumbers } from './connections.dto.js';
import { PageConnector } from './page-connector.js';
import { askingProvider } from './provider-answers.js';

/** From a WhatsApp business account to connected numbers, which all keep the account's token. */
@Injectable()
export class WhatsAppConnectionsService {
  constructor(
    private readonly connector: PageConnector,
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
  ) {}

  async list(account: ListWhatsAppNumbers, query: OffsetQuery): Promise<OffsetPage<ConnectablePageView>> {
    return this.connector.show('whatsapp', await this.numbers(account), query);
  }

  async connect({
    phoneNumberIds,
    chatbotId,
    ...account
  }: ConnectWhatsAppNumbers): Promise<OffsetPage<IntegrationView>> {
    const numbers = await this.numbers(account);
    return this.connector.connect('whatsapp', numbers, { ids: phoneNumberIds, field: 'phoneNumberIds', chatbotId });
  }

  private numbers({ accessToken, businessAccountId: businessId }: ListWhatsAppNumbers): Promise<ConnectablePage[]> {
    const app = this.channels.appOf('whatsapp');
    return askingProvider(() => numbersOf({ accessToken, businessId }, app, this.http));
  }
}
