import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { NOT_ITS_TURN } from '../conversations/chatbot-turn.js';
import { ConversationLabelsService } from './conversation-labels.service.js';
import { ConversationLabelsView } from './label.view.js';
import { SetLabels } from './labels.dto.js';

@ApiTags('labels')
@Controller('conversations/:id/labels')
export class ConversationLabelsController {
  constructor(private readonly labels: ConversationLabelsService) {}

  @Get()
  @Endpoint({
    does: 'Get the labels of a conversation',
    needs: 'conversations:read',
    returns: ConversationLabelsView,
  })
  get(@Param('id', RowId) conversationId: string) {
    return this.labels.get(conversationId);
  }

  @Put()
  @Endpoint({
    does: 'Say which labels a conversation has',
    needs: 'conversations:write',
    returns: ConversationLabelsView,
    refuses: { 409: NOT_ITS_TURN },
  })
  replace(@Param('id', RowId) conversationId: string, @Body() { labelIds }: SetLabels) {
    return this.labels.replace(conversationId, labelIds);
  }
}
