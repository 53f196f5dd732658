import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { NotesService } from './notes.service.js';
import { ParticipantsController } from './participants.controller.js';
import { ParticipantsRepository } from './participants.repository.js';
import { ParticipantsService } from './participants.service.js';
import { TimelineController } from './timeline.controller.js';
import { TimelineRepository } from './timeline.repository.js';
import { TimelineService } from './timeline.service.js';

@Module({
  imports: [ConversationsModule],
  controllers: [TimelineController, ParticipantsController],
  providers: [TimelineService, TimelineRepository, NotesService, ParticipantsService, ParticipantsRepository],
})
export class TimelineModule {}
