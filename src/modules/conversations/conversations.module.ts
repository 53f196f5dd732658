import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { ConversationLinksRepository } from './conversation-links.repository.js';
import { ConversationOpeningRepository } from './conversation-opening.repository.js';
import { ConversationsController } from './conversations.controller.js';
import { ConversationsRepository } from './conversations.repository.js';
import { ConversationsService } from './conversations.service.js';

@Module({
  imports: [CustomersModule],
  controllers: [ConversationsController],
  providers: [
    ConversationsService,
    ConversationsRepository,
    ConversationOpeningRepository,
    ConversationLinksRepository,
  ],
  exports: [ConversationsService],
})
export class ConversationsModule {}
