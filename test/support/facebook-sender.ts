import { createHmac, randomUUID } from 'node:crypto';
import request from 'supertest';
import { escapeAsMeta } from '../../src/providers/meta-bytes.js';

/** Posts webhook bodies as Meta does: escaped, and signed over the bytes that are sent. */
export class FacebookSender {
  constructor(
    private readonly url: string,
    private readonly secret: string,
  ) {}

  /** A body as an object, or as the exact bytes. */
  post(body: object | string, signature?: string): request.Test {
    const bytes = typeof body === 'string' ? body : escapeAsMeta(JSON.stringify(body));
    return request(this.url)
      .post('/webhooks/facebook')
      .set('content-type', 'application/json')
      .set('x-hub-signature-256', signature ?? this.sign(bytes))
      .send(bytes);
  }

  sign(bytes: string): string {
    return `sha256=${createHmac('sha256', this.secret).update(bytes).digest('hex')}`;
  }

  /** A customer writes to a page. Answers with the message's id there. */
  async text(page: string, customer: string, text: string, at = Date.now()): Promise<string> {
    const mid = `m_${randomUUID()}`;
    await this.post(pageBody(page, [{ ...fromCustomer(page, customer, at), message: { mid, text } }])).expect(200);
    return mid;
  }
}

export function pageBody(page: string, messaging: object[]): object {
  return { object: 'page', entry: [{ id: page, time: Date.now(), messaging }] };
}

export function fromCustomer(page: string, customer: string, timestamp: number): object {
  return { sender: { id: customer }, recipient: { id: page }, timestamp };
}
