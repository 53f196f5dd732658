import { Body, Controller, Get, Headers, Post, Query } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import { Endpoint } from '../../platform/http/endpoint.js';
import { FacebookWebhook } from './facebook-webhook.service.js';

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly facebookWebhook: FacebookWebhook) {}

  @Get('facebook')
  @Endpoint({
    does: "Answer Messenger's subscription handshake",
    public: true,
    envelope: 'raw',
    refuses: { 403: 'The verify token is wrong' },
  })
  handshake(@Query() query: Record<string, unknown>) {
    return this.facebookWebhook.answerHandshake(query);
  }

  @Post('facebook')
  @RouteConfig({ rawBody: true })
  @Endpoint({
    does: "Take in Messenger's events",
    public: true,
    signed: 'metaSignature',
    envelope: 'raw',
    refuses: { 400: 'Signed, but not JSON', 401: 'Not signed with the app secret' },
  })
  facebook(@Body() body: unknown, @Headers() headers: IncomingHttpHeaders) {
    return this.facebookWebhook.receive(body, headers);
  }
}
