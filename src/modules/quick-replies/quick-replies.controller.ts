import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { CreateQuickReply, ListQuickReplies, UpdateQuickReply } from './quick-replies.dto.js';
import { QuickRepliesService } from './quick-replies.service.js';
import { QuickReplyView } from './quick-reply.view.js';

const TAKEN = { 409: 'The shortcut is in use' };

@ApiTags('quick-replies')
@Controller('quick-replies')
export class QuickRepliesController {
  constructor(private readonly replies: QuickRepliesService) {}

  @Get()
  @Endpoint({
    does: 'List quick replies',
    needs: 'quick-replies:read',
    returns: QuickReplyView,
    envelope: 'cursor list',
  })
  list(@Query() query: ListQuickReplies) {
    return this.replies.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a quick reply', needs: 'quick-replies:read', returns: QuickReplyView })
  get(@Param('id', RowId) id: string) {
    return this.replies.get(id);
  }

  @Post()
  @Endpoint({
    does: 'Create a quick reply',
    needs: 'quick-replies:write',
    returns: QuickReplyView,
    status: 201,
    refuses: TAKEN,
  })
  create(@Body() body: CreateQuickReply) {
    return this.replies.create(body);
  }

  @Patch(':id')
  @Endpoint({ does: 'Change a quick reply', needs: 'quick-replies:write', returns: QuickReplyView, refuses: TAKEN })
  update(@Param('id', RowId) id: string, @Body() body: UpdateQuickReply) {
    return this.replies.update(id, body);
  }

  @Delete(':id')
  @Endpoint({ does: 'Delete a quick reply', needs: 'quick-replies:write', returns: QuickReplyView })
  remove(@Param('id', RowId) id: string) {
    return this.replies.remove(id);
  }
}
