import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { CustomerProfilesService } from './customer-profiles.service.js';
import { FacebookConnectionsController } from './facebook-connections.controller.js';
import { FacebookConnectionsService } from './facebook-connections.service.js';
import { PageConnector } from './page-connector.js';
import { PageStandingSystemRepository } from './page-standing.system-repository.js';
import { Unsubscriber } from './unsubscriber.js';
import { WhatsAppConnectionsController } from './whatsapp-connections.controller.js';
import { WhatsAppConnectionsService } from './whatsapp-connections.service.js';
import { ZaloAuthorizationsRepository } from './zalo-authorizations.repository.js';
import { ZaloConnectionsController } from './zalo-connections.controller.js';
import { ZaloConnectionsService } from './zalo-connections.service.js';
import { ZaloStates } from './zalo-states.js';
import { ZaloTokenRefresh } from './zalo-token-refresh.service.js';
import { ZaloTokensSystemRepository } from './zalo-tokens.system-repository.js';

@Module({
  imports: [CustomersModule, ConversationsModule, IntegrationsModule, DeliveryModule],
  controllers: [FacebookConnectionsController, WhatsAppConnectionsController, ZaloConnectionsController],
  providers: [
    FacebookConnectionsService,
    WhatsAppConnectionsService,
    PageConnector,
    PageStandingSystemRepository,
    Unsubscriber,
    CustomerProfilesService,
    ZaloConnectionsService,
    ZaloStates,
    ZaloAuthorizationsRepository,
    ZaloTokenRefresh,
    ZaloTokensSystemRepository,
  ],
})
export class ConnectionsModule {}
