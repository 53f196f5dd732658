import { Module } from '@nestjs/common';
import { MessagesModule } from '../messages/messages.module.js';
import { ChannelRoutesSystemRepository } from './channel-routes.system-repository.js';
import { DispatchService } from './dispatch.service.js';
import { FacebookWebhook } from './facebook-webhook.service.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [MessagesModule],
  controllers: [WebhooksController],
  providers: [FacebookWebhook, DispatchService, ChannelRoutesSystemRepository],
})
export class WebhooksModule {}
