import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ConversationLabelsController } from './conversation-labels.controller.js';
import { ConversationLabelsRepository } from './conversation-labels.repository.js';
import { ConversationLabelsService } from './conversation-labels.service.js';
import { LabelsController } from './labels.controller.js';
import { LabelsRepository } from './labels.repository.js';
import { LabelsService } from './labels.service.js';

@Module({
  imports: [ConversationsModule],
  controllers: [LabelsController, ConversationLabelsController],
  providers: [LabelsService, LabelsRepository, ConversationLabelsService, ConversationLabelsRepository],
})
export class LabelsModule {}
