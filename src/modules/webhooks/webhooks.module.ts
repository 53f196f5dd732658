import { Module } from '@nestjs/common';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { ChannelRoutesSystemRepository } from './channel-routes.system-repository.js';
import { DispatchService } from './dispatch.service.js';
import { ProviderWebhook } from './provider-webhook.service.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [MessagesModule, IntegrationsModule, DeliveryModule],
  controllers: [WebhooksController],
  providers: [ProviderWebhook, DispatchService, ChannelRoutesSystemRepository],
})
export class WebhooksModule {}
