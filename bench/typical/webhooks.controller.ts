import { createHmac, timingSafeEqual } from 'node:crypto';
import { Controller, Headers, HttpCode, Post, Req, UnauthorizedException } from '@nestjs/common';
import type { RawBodyRequest } from '@nestjs/common';
import type { Request } from 'express';
import { WebhooksService } from './webhooks.service.js';

const SECRET = process.env['FACEBOOK_APP_SECRET'] ?? '';

@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post('facebook')
  @HttpCode(200)
  async facebook(@Req() request: RawBodyRequest<Request>, @Headers('x-hub-signature-256') signature = '') {
    const expected = createHmac('sha256', SECRET)
      .update(request.rawBody ?? '')
      .digest();
    const given = Buffer.from(signature.slice('sha256='.length), 'hex');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new UnauthorizedException();
    const body: unknown = request.body;
    await this.webhooks.receive(body);
    return 'EVENT_RECEIVED';
  }
}
