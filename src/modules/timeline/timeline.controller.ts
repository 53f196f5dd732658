import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { NOT_ITS_TURN } from '../conversations/chatbot-turn.js';
import { WriteNote } from './notes.dto.js';
import { NotesService } from './notes.service.js';
import { TimelineEntryView } from './timeline-entry.view.js';
import { TimelineService } from './timeline.service.js';

@ApiTags('timeline')
@Controller()
export class TimelineController {
  constructor(
    private readonly timeline: TimelineService,
    private readonly notes: NotesService,
  ) {}

  @Get('conversations/:id/timeline')
  @Endpoint({
    does: 'List what happened in a conversation beside its messages',
    needs: 'conversations:read',
    returns: TimelineEntryView,
    envelope: 'cursor list',
  })
  list(@Param('id', RowId) conversationId: string, @Query() query: CursorQuery) {
    return this.timeline.list(conversationId, query);
  }

  @Post('conversations/:id/notes')
  @Endpoint({
    does: 'Note something for colleagues',
    needs: 'conversations:write',
    returns: TimelineEntryView,
    status: 201,
    refuses: { 409: NOT_ITS_TURN },
  })
  createNote(@Param('id', RowId) conversationId: string, @Body() { text }: WriteNote) {
    return this.notes.create(conversationId, text);
  }

  @Patch('notes/:id')
  @Endpoint({
    does: 'Change a note',
    needs: 'conversations:write',
    returns: TimelineEntryView,
    refuses: { 409: NOT_ITS_TURN },
  })
  updateNote(@Param('id', RowId) id: string, @Body() { text }: WriteNote) {
    return this.notes.update(id, text);
  }

  @Delete('notes/:id')
  @Endpoint({
    does: 'Delete a note',
    needs: 'conversations:write',
    returns: TimelineEntryView,
    refuses: { 409: NOT_ITS_TURN },
  })
  removeNote(@Param('id', RowId) id: string) {
    return this.notes.remove(id);
  }
}
