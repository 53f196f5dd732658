import { Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Endpoint } from '../../platform/http/endpoint.js';
import { FileBody } from '../../platform/http/file-body.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { fileHeaders } from './file-headers.js';
import { MediaUploads } from './media-uploads.service.js';
import { FileSignature, UploadFile } from './media.dto.js';
import { MediaService } from './media.service.js';
import { MessageFilesView, UploadView } from './media.view.js';

@ApiTags('media')
@Controller()
export class MediaController {
  constructor(
    private readonly media: MediaService,
    private readonly uploads: MediaUploads,
  ) {}

  @Post('media')
  @FileBody()
  @Endpoint({
    does: 'Upload a file, to be sent with a message',
    needs: 'messages:write',
    returns: UploadView,
    status: 201,
    refuses: { 400: 'The file did not arrive whole', 413: 'The file is larger than MEDIA_MAX_MB' },
  })
  upload(@Req() { raw }: FastifyRequest, @Query() query: UploadFile) {
    return this.uploads.take(raw, query);
  }

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
