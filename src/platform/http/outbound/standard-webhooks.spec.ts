import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { newSigningSecret, signed } from './standard-webhooks.js';

const BODY = JSON.stringify({ type: 'message.created', data: { text: 'Chào' } });

describe('Signing by Standard Webhooks', () => {
  it('makes secrets of 32 random bytes', () => {
    const [one, other] = [newSigningSecret(), newSigningSecret()];
    expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(one).not.toBe(other);
  });

  it('is verified by every secret that signs, and by no other', () => {
    const secrets = [newSigningSecret(), newSigningSecret()];
    const headers = signed(BODY, 'msg_1', secrets);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of secrets) expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(() => new Webhook(newSigningSecret()).verify(BODY, headers)).toThrow();
    expect(() => new Webhook(String(secrets[0])).verify(`${BODY} `, headers)).toThrow();
    expect(() => new Webhook(String(secrets[0])).verify(BODY, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
  });
});
