import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { AmendmentsRepository } from './amendments.repository.js';
import { ChannelEventsRepository } from './channel-events.repository.js';
import { CustomerErasureRepository } from './customer-erasure.repository.js';
import { CustomerErasureService } from './customer-erasure.service.js';
import { InboxRepository } from './inbox.repository.js';
import { InboxService } from './inbox.service.js';
import { MessageContents } from './message-contents.service.js';
import { MessageOutcomesService } from './message-outcomes.service.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';
import { ReceiptsRepository } from './receipts.repository.js';
import { UploadsRepository } from './uploads.repository.js';

@Module({
  imports: [CustomersModule, ConversationsModule],
  controllers: [MessagesController],
  providers: [
    MessagesService,
    MessagesRepository,
    MessageContents,
    UploadsRepository,
    InboxService,
    InboxRepository,
    ReceiptsRepository,
    AmendmentsRepository,
    ChannelEventsRepository,
    MessageOutcomesService,
    CustomerErasureService,
    CustomerErasureRepository,
  ],
  exports: [MessagesService, InboxService, MessageOutcomesService],
})
export class MessagesModule {}
