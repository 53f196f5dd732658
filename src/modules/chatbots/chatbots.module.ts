import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AnsweringBotsRepository } from './answering-bots.repository.js';
import { AnsweringBotsService } from './answering-bots.service.js';
import { ChatbotKeysService } from './chatbot-keys.service.js';
import { ChatbotSecretRotation } from './chatbot-secret-rotation.js';
import { ChatbotSecrets } from './chatbot-secrets.js';
import { ChatbotSecretsSystemRepository } from './chatbot-secrets.system-repository.js';
import { ChatbotsController } from './chatbots.controller.js';
import { ChatbotsRepository } from './chatbots.repository.js';
import { ChatbotsService } from './chatbots.service.js';
import { ConversationReleases } from './conversation-releases.service.js';
import { ReleasedConversationsRepository } from './released-conversations.repository.js';

@Module({
  imports: [ApiKeysModule],
  controllers: [ChatbotsController],
  providers: [
    ChatbotsService,
    ChatbotsRepository,
    ChatbotSecrets,
    ChatbotSecretsSystemRepository,
    ChatbotSecretRotation,
    ChatbotKeysService,
    ConversationReleases,
    ReleasedConversationsRepository,
    AnsweringBotsService,
    AnsweringBotsRepository,
  ],
  exports: [ChatbotsService, AnsweringBotsService, ChatbotSecretRotation],
})
export class ChatbotsModule {}
