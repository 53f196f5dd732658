import { Module } from '@nestjs/common';
import { QuickRepliesController } from './quick-replies.controller.js';
import { QuickRepliesRepository } from './quick-replies.repository.js';
import { QuickRepliesService } from './quick-replies.service.js';

@Module({
  controllers: [QuickRepliesController],
  providers: [QuickRepliesService, QuickRepliesRepository],
})
export class QuickRepliesModule {}
