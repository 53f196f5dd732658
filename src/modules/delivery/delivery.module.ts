import { Module } from '@nestjs/common';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { Channels } from './channels.js';
import { DeliveryOutcomes } from './delivery-outcomes.js';
import { DeliveryService } from './delivery.service.js';
import { FileDownloads } from './file-downloads.js';
import { OutboxRepository } from './outbox.repository.js';
import { PartnerHttp } from './partner-http.js';
import { ProviderHttp } from './provider-http.js';
import { SignalsRepository } from './signals.repository.js';
import { SignalsService } from './signals.service.js';
import { StrayMessagesService } from './stray-messages.service.js';
import { StrayMessagesSystemRepository } from './stray-messages.system-repository.js';

@Module({
  imports: [MessagesModule, IntegrationsModule],
  providers: [
    Channels,
    FileDownloads,
    ProviderHttp,
    PartnerHttp,
    DeliveryService,
    DeliveryOutcomes,
    OutboxRepository,
    SignalsService,
    SignalsRepository,
    StrayMessagesService,
    StrayMessagesSystemRepository,
  ],
  exports: [Channels, ProviderHttp],
})
export class DeliveryModule {}
