import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { ConversationsService } from './conversations.service.js';
import type { CurrentUser } from './jwt.strategy.js';
import { MessagesService } from './messages.service.js';
import { PageQuery, SendMessage } from './typical.dto.js';

type Authenticated = Request & { user: CurrentUser };

@Controller('conversations')
@UseGuards(AuthGuard('jwt'))
export class ConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly messages: MessagesService,
  ) {}

  @Get()
  list(@Req() { user }: Authenticated, @Query() { limit }: PageQuery) {
    return this.conversations.list(user.orgId, limit);
  }

  @Get(':id/messages')
  listMessages(@Req() { user }: Authenticated, @Param('id') id: string, @Query() { limit }: PageQuery) {
    return this.messages.list(user.orgId, id, limit);
  }

  @Post(':id/messages')
  @HttpCode(202)
  send(@Req() request: Authenticated, @Param('id') id: string, @Body() body: SendMessage) {
    return this.messages.send(request.user, id, body, { ip: request.ip, userAgent: request.get('user-agent') });
  }
}
