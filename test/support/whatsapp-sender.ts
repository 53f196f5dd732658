import { createHmac } from 'node:crypto';
import request from 'supertest';
import { escapeAsMeta } from '../../src/providers/meta-bytes.js';

/** Posts webhook bodies of WhatsApp as Meta does: escaped, and signed over the bytes that are sent. */
export class WhatsAppSender {
  constructor(
    private readonly url: string,
    private readonly secret: string,
  ) {}

  /** A change of a number. */
  number(oaId: string, value: object, field = 'messages'): request.Test {
    const metadata = { display_phone_number: '842812345678', phone_number_id: oaId };
    return this.change('1', { field, value: { messaging_product: 'whatsapp', metadata, ...value } });
  }

  /** A change of a whole business account. */
  account(businessId: string, value: object, field = 'account_update'): request.Test {
    return this.change(businessId, { field, value });
  }

  private change(id: string, change: object): request.Test {
    const time = Math.floor(Date.now() / 1_000);
    return this.post({ object: 'whatsapp_business_account', entry: [{ id, time, changes: [change] }] });
  }

  post(body: object, signature?: string): request.Test {
    const bytes = escapeAsMeta(JSON.stringify(body));
    const right = `sha256=${createHmac('sha256', this.secret).update(bytes).digest('hex')}`;
    return request(this.url)
      .post('/webhooks/whatsapp')
      .set('content-type', 'application/json')
      .set('x-hub-signature-256', signature ?? right)
      .send(bytes);
  }
}
