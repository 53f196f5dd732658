import { Module } from '@nestjs/common';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { ApiChannelController } from './api-channel.controller.js';
import { ApiChannelService } from './api-channel.service.js';
import { ApiMessagesRepository } from './api-messages.repository.js';

@Module({
  imports: [MessagesModule, IntegrationsModule],
  controllers: [ApiChannelController],
  providers: [ApiChannelService, ApiMessagesRepository],
})
export class ApiChannelModule {}
