import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { AmendmentsRepository } from './amendments.repository.js';
import { ChannelEventsRepository } from './channel-events.repository.js';
import { InboxRepository } from './inbox.repository.js';
import { InboxService } from './inbox.service.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';
import { ReceiptsRepository } from './receipts.repository.js';

@Module({
  imports: [ConversationsModule],
  controllers: [MessagesController],
  providers: [
    MessagesService,
    MessagesRepository,
    InboxService,
    InboxRepository,
    ReceiptsRepository,
    AmendmentsRepository,
    ChannelEventsRepository,
  ],
  exports: [MessagesService, InboxService],
})
export class MessagesModule {}
