import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { AssignmentRepository } from './assignment.repository.js';
import { AssignmentService } from './assignment.service.js';

@Module({ imports: [ConversationsModule], providers: [AssignmentService, AssignmentRepository] })
export class AssignmentModule {}
