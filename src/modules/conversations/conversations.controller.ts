import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { NOT_ITS_TURN } from './chatbot-turn.js';
import { ConversationView, ReadView } from './conversation.view.js';
import { ListConversations, UpdateConversation } from './conversations.dto.js';
import { ConversationsService } from './conversations.service.js';

@ApiTags('conversations')
@Controller('conversations')
export class ConversationsController {
  constructor(private readonly conversations: ConversationsService) {}

  @Get()
  @Endpoint({
    does: 'List conversations',
    needs: 'conversations:read',
    returns: ConversationView,
    envelope: 'cursor list',
  })
  list(@Query() query: ListConversations) {
    return this.conversations.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a conversation', needs: 'conversations:read', returns: ConversationView })
  get(@Param('id', RowId) id: string) {
    return this.conversations.get(id);
  }

  @Patch(':id')
  @Endpoint({
    does: 'Change a conversation',
    needs: 'conversations:write',
    returns: ConversationView,
    refuses: { 409: NOT_ITS_TURN },
  })
  update(@Param('id', RowId) id: string, @Body() body: UpdateConversation) {
    return this.conversations.update(id, body);
  }

  @Post(':id/read')
  @Endpoint({
    does: 'Mark a conversation as read',
    needs: 'conversations:write',
    returns: ReadView,
    refuses: { 409: NOT_ITS_TURN },
  })
  markRead(@Param('id', RowId) id: string) {
    return this.conversations.markRead(id);
  }
}
