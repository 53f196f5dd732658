import { Body, Controller, Get, Headers, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import { Endpoint } from '../../platform/http/endpoint.js';
import { ProviderBody } from './provider-body.js';
import { ProviderWebhook } from './provider-webhook.service.js';

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhook: ProviderWebhook) {}

  @Get('facebook')
  @Endpoint({
    does: "Answer Messenger's subscription handshake",
    public: true,
    envelope: 'raw',
    refuses: { 403: 'The verify token is wrong' },
  })
  facebookHandshake(@Query() query: Record<string, unknown>) {
    return this.webhook.answerHandshake('facebook', query);
  }

  @Post('facebook')
  @ProviderBody('facebook')
  @Endpoint({
    does: "Take in Messenger's events",
    public: true,
    signed: 'metaSignature',
    envelope: 'raw',
    refuses: { 400: 'Signed, but not JSON', 401: 'Not signed with the app secret' },
  })
  facebook(@Body() body: unknown, @Headers() headers: IncomingHttpHeaders) {
    return this.webhook.receive('facebook', body, headers);
  }

  @Get('whatsapp')
  @Endpoint({
    does: "Answer WhatsApp's subscription handshake",
    public: true,
    envelope: 'raw',
    refuses: { 403: 'The verify token is wrong' },
  })
  whatsappHandshake(@Query() query: Record<string, unknown>) {
    return this.webhook.answerHandshake('whatsapp', query);
  }

  @Post('whatsapp')
  @ProviderBody('whatsapp')
  @Endpoint({
    does: "Take in WhatsApp's events",
    public: true,
    signed: 'metaSignature',
    envelope: 'raw',
    refuses: { 400: 'Signed, but not JSON', 401: 'Not signed with the app secret' },
  })
  whatsapp(@Body() body: unknown, @Headers() headers: IncomingHttpHeaders) {
    return this.webhook.receive('whatsapp', body, headers);
  }

  @Get('zalo')
  @Endpoint({
    does: "Answer Zalo's look at this address",
    public: true,
    envelope: 'raw',
  })
  zaloHandshake(@Query() query: Record<string, unknown>) {
    return this.webhook.answerHandshake('zalo', query);
  }

  @Post('zalo')
  @ProviderBody('zalo')
  @Endpoint({
    does: "Take in Zalo's events",
    public: true,
    signed: 'zaloSignature',
    envelope: 'raw',
    refuses: { 400: 'Signed, but not JSON', 401: 'Not signed with the OA secret key' },
  })
  zalo(@Body() body: unknown, @Headers() headers: IncomingHttpHeaders) {
    return this.webhook.receive('zalo', body, headers);
  }
}
