import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { fileHeaders } from './file-headers.js';
import { FileSignature } from './media.dto.js';
import { MediaService } from './media.service.js';
import { MessageFilesView } from './media.view.js';

@ApiTags('media')
@Controller()
export class MediaController {
  constructor(private readonly media: MediaService) {}

  @Get('messages/:id/files')
  @Endpoint({ does: 'List the files of a message', needs: 'messages:read', returns: MessageFilesView })
  list(@Param('id', RowId) messageId: string) {
    return this.media.ofMessage(messageId);
  }

  @Get('media/:id')
  @Endpoint({
    does: 'Get a file, by an address that a message or its files named',
    public: true,
    envelope: 'file',
    refuses: { 404: 'No such file, or its address has ended', 416: 'It has no such part' },
  })
  async get(
    @Param('id', RowId) id: string,
    @Query() query: FileSignature,
    @Headers('range') range: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const open = await this.media.open(id, query, range);
    await reply
      .status(open.range ? 206 : 200)
      .headers(fileHeaders(open, query.expires ?? 0))
      .send(open.bytes);
  }
}
