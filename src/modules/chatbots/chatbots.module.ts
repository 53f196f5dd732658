import { Module } from '@nestjs/common';
import { ChatbotsController } from './chatbots.controller.js';
import { ChatbotsRepository } from './chatbots.repository.js';
import { ChatbotsService } from './chatbots.service.js';

@Module({
  controllers: [ChatbotsController],
  providers: [ChatbotsService, ChatbotsRepository],
  exports: [ChatbotsService],
})
export class ChatbotsModule {}
