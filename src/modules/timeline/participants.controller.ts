import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { NOT_ITS_TURN } from '../conversations/chatbot-turn.js';
import { ParticipantsView } from './participant.view.js';
import { SetParticipants } from './participants.dto.js';
import { ParticipantsService } from './participants.service.js';

@ApiTags('timeline')
@Controller('conversations/:id/participants')
export class ParticipantsController {
  constructor(private readonly participants: ParticipantsService) {}

  @Get()
  @Endpoint({
    does: 'Get who follows a conversation beside its assignee',
    needs: 'conversations:read',
    returns: ParticipantsView,
  })
  get(@Param('id', RowId) conversationId: string) {
    return this.participants.get(conversationId);
  }

  @Put()
  @Endpoint({
    does: 'Say who follows a conversation beside its assignee',
    needs: 'conversations:write',
    returns: ParticipantsView,
    refuses: { 409: NOT_ITS_TURN },
  })
  replace(@Param('id', RowId) conversationId: string, @Body() { userIds }: SetParticipants) {
    return this.participants.replace(conversationId, userIds);
  }
}
