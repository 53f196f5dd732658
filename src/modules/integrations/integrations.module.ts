import { Module } from '@nestjs/common';
import { WebhookEndpointsModule } from '../webhook-endpoints/webhook-endpoints.module.js';
import { IntegrationsController } from './integrations.controller.js';
import { IntegrationsRepository } from './integrations.repository.js';
import { IntegrationsService } from './integrations.service.js';
import { IntegrationsSystemRepository } from './integrations.system-repository.js';
import { LeavingPages } from './leaving-pages.js';
import { PageAccesses } from './page-accesses.js';
import { PartnerEndpoints } from './partner-endpoints.js';
import { TokenExchange } from './token-exchange.js';
import { TokenRenewals } from './token-renewals.js';
import { TokenRotation } from './token-rotation.js';
import { TokenVault } from './token-vault.js';

@Module({
  imports: [WebhookEndpointsModule],
  controllers: [IntegrationsController],
  providers: [
    IntegrationsService,
    IntegrationsRepository,
    IntegrationsSystemRepository,
    TokenVault,
    TokenRotation,
    TokenExchange,
    TokenRenewals,
    LeavingPages,
    PageAccesses,
    PartnerEndpoints,
  ],
  exports: [IntegrationsService, LeavingPages, PageAccesses, TokenExchange, TokenRotation, TokenRenewals],
})
export class IntegrationsModule {}
