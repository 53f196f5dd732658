import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { MessageView } from '../messages/message.view.js';
import { MessageChangesService } from './message-changes.service.js';

@ApiTags('messages')
@Controller('messages/changes')
export class MessageChangesController {
  constructor(private readonly changes: MessageChangesService) {}

  @Get()
  @Endpoint({
    does: 'List the messages that came or changed since a cursor, oldest change first',
    needs: 'messages:read',
    returns: MessageView,
    envelope: 'cursor list',
  })
  list(@Query() query: CursorQuery) {
    return this.changes.list(query);
  }
}
