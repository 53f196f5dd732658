import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ProviderApp } from '../provider.js';
import { isProbe, signatureOf } from './zalo.signature.js';

const WAYS = ['oa-key body', 'oa-key header', 'app-secret body', 'app-secret header'];
const app: ProviderApp = {
  ...{ apiUrl: 'https://zalo.example', oauthUrl: 'https://oauth.example', verifyToken: '', signatures: WAYS },
  ...{ appId: '2074', appSecret: 'the app secret', webhookSecret: 'the OA secret key' },
};
const BODY = Buffer.from('{"event_name":"user_send_text","message":{"text":"Chào"},"timestamp":"1700000000123"}');
const IN_BODY = '1700000000123';
const IN_HEADER = '1700000000999';

function macOf(secret: string, time: string, body: Buffer = BODY): string {
  return createHash('sha256').update(app.appId).update(body).update(time).update(secret).digest('hex');
}

function headersWith(signature: string): Record<string, string> {
  return { 'x-zevent-signature': signature, 'x-zevent-timestamp': IN_HEADER };
}

describe("Zalo's signature", () => {
  it.each([
    ['oa-key body', macOf(app.webhookSecret, IN_BODY)],
    ['oa-key header', macOf(app.webhookSecret, IN_HEADER)],
    ['app-secret body', macOf(app.appSecret, IN_BODY)],
    ['app-secret header', macOf(app.appSecret, IN_HEADER)],
  ])('is known as %s, in every spelling, and only where that is accepted', (name, mac) => {
    for (const spelling of [`mac=${mac}`, mac, mac.toUpperCase(), `MAC=${mac.toUpperCase()}`, ` mac=${mac} `])
      expect(signatureOf(BODY, headersWith(spelling), app)).toBe(name);
    const others = WAYS.filter((way) => way !== name);
    expect(signatureOf(BODY, headersWith(mac), { ...app, signatures: others })).toBeNull();
    expect(signatureOf(BODY, headersWith(mac), { ...app, signatures: [name] })).toBe(name);
  });

  it.each<[string, string | string[] | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['given twice', [macOf(app.webhookSecret, IN_BODY), macOf(app.webhookSecret, IN_BODY)]],
    ['too short', macOf(app.webhookSecret, IN_BODY).slice(2)],
    ['no hex', 'mac='.padEnd(68, 'g')],
    ['of another body', macOf(app.webhookSecret, IN_BODY, Buffer.from('{}'))],
    [
      'an HMAC',
      createHmac('sha256', app.webhookSecret).update(`${app.appId}${BODY.toString()}${IN_BODY}`).digest('hex'),
    ],
  ])('is refused when it is %s', (_name, signature) => {
    expect(signatureOf(BODY, { 'x-zevent-signature': signature }, app)).toBeNull();
  });

  it('is refused where the secret is not set', () => {
    const unset = { ...app, webhookSecret: '', appSecret: '' };
    expect(signatureOf(BODY, headersWith(macOf('', IN_BODY)), unset)).toBeNull();
  });

  it.each(['not JSON', '[1]', '{"timestamp":{}}', '[[['.repeat(1_000)])(
    'of %s needs the time in the header',
    (text) => {
      const body = Buffer.from(text);
      expect(signatureOf(body, headersWith(macOf(app.webhookSecret, IN_HEADER, body)), app)).toBe('oa-key header');
    },
  );

  it('takes a time that is a number', () => {
    const body = Buffer.from('{"timestamp":1700000000123}');
    expect(signatureOf(body, headersWith(macOf(app.webhookSecret, IN_BODY, body)), app)).toBe('oa-key body');
  });
});

describe('the probe', () => {
  it.each([
    ['{}', true],
    [' {\n} \n', true],
    ['', false],
    ['[]', false],
    ['{"event_name":"follow"}', false],
    [`{${' '.repeat(100)}}`, false],
  ])('%j: %s', (body, expected) => {
    expect(isProbe(Buffer.from(body))).toBe(expected);
  });
});
