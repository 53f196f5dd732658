import { Module } from '@nestjs/common';
import { ChatbotsModule } from '../chatbots/chatbots.module.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { AnsweringFollower } from './answering.follower.js';
import { AnsweringRepository } from './answering.repository.js';
import { AnsweringService } from './answering.service.js';
import { ModelBot } from './model-bot.js';
import { Turns } from './turns.js';
import { WebhookBot } from './webhook-bot.js';

@Module({
  imports: [ConversationsModule, MessagesModule, ChatbotsModule],
  providers: [AnsweringService, AnsweringFollower, AnsweringRepository, Turns, WebhookBot, ModelBot],
})
export class AnsweringModule {}
