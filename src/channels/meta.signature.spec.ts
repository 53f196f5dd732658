import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { answerMetaHandshake, metaSignatureOf } from './meta.signature.js';

const SECRET = 'an app secret';
const ESCAPED_BODY = Buffer.from(String.raw`{"text":"C\u00e0 ph\u00ea","url":"https:\/\/example.com\/a"}`);

function hexOf(body: Buffer, secret = SECRET, algorithm = 'sha256'): string {
  return createHmac(algorithm, secret).update(body).digest('hex');
}

function signed(body: Buffer, secret = SECRET): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${hexOf(body, secret)}` };
}

describe('the signature of Meta', () => {
  it('is HMAC-SHA256, as RFC 4231 (test case 2) has it', () => {
    const hex = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    const headers = { 'x-hub-signature-256': `sha256=${hex}` };
    expect(metaSignatureOf(Buffer.from('what do ya want for nothing?'), headers, { webhookSecret: 'Jefe' })).toBe(
      'sha256',
    );
  });

  it.each([
    ['an escaped body', ESCAPED_BODY],
    ['an empty body', Buffer.alloc(0)],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0x00, 0xc3])],
  ])('is right for %s', (_name, body) => {
    expect(metaSignatureOf(body, signed(body), { webhookSecret: SECRET })).toBe('sha256');
  });

  it('does not fit a body that was parsed and printed again', () => {
    const reprinted = Buffer.from(JSON.stringify(JSON.parse(ESCAPED_BODY.toString())));
    expect(metaSignatureOf(reprinted, signed(ESCAPED_BODY), { webhookSecret: SECRET })).toBeNull();
  });

  it('does not fit another secret', () => {
    expect(metaSignatureOf(ESCAPED_BODY, signed(ESCAPED_BODY, 'another'), { webhookSecret: SECRET })).toBeNull();
  });

  it('is never right for an empty secret, which anybody could sign with', () => {
    expect(metaSignatureOf(ESCAPED_BODY, signed(ESCAPED_BODY, ''), { webhookSecret: '' })).toBeNull();
  });

  const hex = hexOf(ESCAPED_BODY);
  it.each<[string, string | string[] | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['without its prefix', hex],
    ['with another prefix', `sha1=${hex}`],
    ['in upper case', `sha256=${hex.toUpperCase()}`],
    ['too short', `sha256=${hex.slice(1)}`],
    ['too long', `sha256=${hex}0`],
    ['not hexadecimal', `sha256=${'g'.repeat(64)}`],
    ['followed by a line break', `sha256=${hex}\n`],
    ['sent twice', [`sha256=${hex}`, `sha256=${hex}`]],
    ['of other bytes', `sha256=${hexOf(Buffer.from('other'))}`],
  ])('is refused when it is %s', (_name, header) => {
    expect(metaSignatureOf(ESCAPED_BODY, { 'x-hub-signature-256': header }, { webhookSecret: SECRET })).toBeNull();
  });

  it('is refused in the legacy SHA-1 header', () => {
    const headers = { 'x-hub-signature': `sha1=${hexOf(ESCAPED_BODY, SECRET, 'sha1')}` };
    expect(metaSignatureOf(ESCAPED_BODY, headers, { webhookSecret: SECRET })).toBeNull();
  });
});

describe('the handshake of Meta', () => {
  const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'my token', 'hub.challenge': '1158201444' };

  it('is answered with the challenge', () => {
    expect(answerMetaHandshake(query, { verifyToken: 'my token' })).toBe('1158201444');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['the token is wrong', { ...query, 'hub.verify_token': 'my tokem' }, 'my token'],
    ['the token is longer', { ...query, 'hub.verify_token': 'my token ' }, 'my token'],
    ['the token is missing', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }, 'my token'],
    ['the token comes twice', { ...query, 'hub.verify_token': ['my token', 'my token'] }, 'my token'],
    ['no token is configured', { ...query, 'hub.verify_token': '' }, ''],
    ['the mode is another', { ...query, 'hub.mode': 'unsubscribe' }, 'my token'],
    ['the mode is missing', { ...query, 'hub.mode': undefined }, 'my token'],
    ['the challenge is missing', { ...query, 'hub.challenge': undefined }, 'my token'],
    ['the challenge is empty', { ...query, 'hub.challenge': '' }, 'my token'],
    ['the challenge is not a text', { ...query, 'hub.challenge': { a: '1' } }, 'my token'],
    ['the query is empty', {}, 'my token'],
  ])('is not answered when %s', (_name, given, verifyToken) => {
    expect(answerMetaHandshake(given, { verifyToken })).toBeNull();
  });
});
