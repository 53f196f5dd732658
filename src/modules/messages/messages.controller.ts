import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { NOT_ITS_TURN } from '../conversations/chatbot-turn.js';
import { MessageView, TypingView } from './message.view.js';
import { SendMessage } from './messages.dto.js';
import { MessagesService } from './messages.service.js';

@ApiTags('messages')
@Controller()
export class MessagesController {
  constructor(private readonly messages: MessagesService) {}

  @Get('conversations/:id/messages')
  @Endpoint({
    does: 'List the messages of a conversation',
    needs: 'messages:read',
    returns: MessageView,
    envelope: 'cursor list',
  })
  list(@Param('id', RowId) conversationId: string, @Query() query: CursorQuery) {
    return this.messages.list(conversationId, query);
  }

  @Post('conversations/:id/messages')
  @Endpoint({
    does: 'Send a message',
    needs: 'messages:write',
    returns: MessageView,
    status: 202,
    refuses: { 409: NOT_ITS_TURN },
  })
  send(@Param('id', RowId) conversationId: string, @Body() body: SendMessage) {
    return this.messages.send(conversationId, body);
  }

  @Post('conversations/:id/typing')
  @Endpoint({
    does: 'Let the customer see that somebody is writing',
    needs: 'messages:write',
    returns: TypingView,
    status: 202,
    refuses: { 409: NOT_ITS_TURN },
  })
  type(@Param('id', RowId) conversationId: string) {
    return this.messages.type(conversationId);
  }

  @Post('messages/:id/retry')
  @Endpoint({
    does: 'Send a failed message again',
    needs: 'messages:write',
    returns: MessageView,
    status: 202,
    refuses: { 409: `It has not failed (message_not_failed). ${NOT_ITS_TURN}` },
  })
  retry(@Param('id', RowId) id: string) {
    return this.messages.retry(id);
  }
}
