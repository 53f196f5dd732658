import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { ConversationsController } from './conversations.controller.js';
import { ConversationsService } from './conversations.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { MessagesService } from './messages.service.js';
import { PrismaService } from './prisma.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [PassportModule],
  controllers: [ConversationsController, WebhooksController],
  providers: [PrismaService, JwtStrategy, ConversationsService, MessagesService, WebhooksService],
})
export class TypicalModule {}
