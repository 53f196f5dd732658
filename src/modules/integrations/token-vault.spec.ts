import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Config } from '../../platform/config/config.js';
import { DamagedSecretError, UnknownKeyError } from '../../platform/secrets/secret-vault.js';
import { NO_TOKENS, TokenVault } from './token-vault.js';
import type { Place } from './token-vault.js';

const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const OWNER = { orgId: 'org_acme', integrationId: '019d0000-0000-7000-8000-000000000001' };
const PLACE: Place = { ...OWNER, field: 'accessToken' };
const TOKEN = 'EAAB-mã-thông-báo-🔑';

function vault(...keys: string[]): TokenVault {
  const secrets = {
    JWT_SECRET: randomBytes(48).toString('base64'),
    FACEBOOK_APP_SECRET: 'secret',
    FACEBOOK_VERIFY_TOKEN: 'token',
  };
  return new TokenVault(Config.from({ ...secrets, ENVIRONMENT: 'production', ENCRYPTION_KEY: keys.join() }));
}

describe('TokenVault', () => {
  it('opens what it sealed', () => {
    const sealed = vault(NEW).seal(TOKEN, PLACE);
    expect(vault(NEW).open(sealed, vault(NEW).keyId, PLACE)).toBe(TOKEN);
  });

  it('opens an empty text', () => {
    const sealed = vault(NEW).seal('', PLACE);
    expect(vault(NEW).open(sealed, vault(NEW).keyId, PLACE)).toBe('');
  });

  it('seals the same text differently every time', () => {
    expect(vault(NEW).seal(TOKEN, PLACE)).not.toBe(vault(NEW).seal(TOKEN, PLACE));
  });

  it('keeps iv, ciphertext and tag as base64 with dots between', () => {
    const parts = vault(NEW).seal('abc', PLACE).split('.');
    expect(parts.map((part) => Buffer.from(part, 'base64').length)).toEqual([12, 3, 16]);
  });

  it.each([
    ['another organization', { ...PLACE, orgId: 'org_rival' }],
    ['another integration', { ...PLACE, integrationId: '019d0000-0000-7000-8000-000000000002' }],
    ['another field', { ...PLACE, field: 'refreshToken' as const }],
  ])('does not open what was copied to %s', (_, place) => {
    const sealed = vault(NEW).seal(TOKEN, PLACE);
    expect(() => vault(NEW).open(sealed, vault(NEW).keyId, place)).toThrow(DamagedSecretError);
  });

  it.each([
    [
      'ciphertext',
      (iv: string, text: string, tag: string) => `${iv}.${Buffer.from(`x${text}`).toString('base64')}.${tag}`,
    ],
    ['shortened tag', (iv: string, text: string, tag: string) => `${iv}.${text}.${tag.slice(0, 8)}`],
    ['missing part', (iv: string, text: string) => `${iv}.${text}`],
    ['other text', () => 'EAAB-plain-text'],
  ])('does not open a damaged value: %s', (_, damage) => {
    const [iv = '', text = '', tag = ''] = vault(NEW).seal(TOKEN, PLACE).split('.');
    expect(() => vault(NEW).open(damage(iv, text, tag), vault(NEW).keyId, PLACE)).toThrow(DamagedSecretError);
  });

  it('seals with the first key and opens with all of them', () => {
    const sealed = vault(OLD).seal(TOKEN, PLACE);
    const both = vault(NEW, OLD);
    expect(both.keyId).toBe(vault(NEW).keyId);
    expect(both.open(sealed, vault(OLD).keyId, PLACE)).toBe(TOKEN);
  });

  it('says what to do where the key is missing', () => {
    const sealed = vault(OLD).seal(TOKEN, PLACE);
    const open = () => vault(NEW).open(sealed, vault(OLD).keyId, PLACE);
    expect(open).toThrow(UnknownKeyError);
    expect(open).toThrow(/put the old key behind the new one/);
  });

  it('never says a token in an error', () => {
    const open = () => vault(NEW).open(TOKEN, vault(NEW).keyId, PLACE);
    expect(open).toThrow(expect.not.objectContaining({ message: expect.stringContaining(TOKEN) }));
  });
});

describe('TokenVault.replace', () => {
  it('keeps a token that is left out, under the key that seals now', () => {
    const kept = vault(OLD).replace(NO_TOKENS, { accessToken: 'a1', refreshToken: 'r1' }, OWNER);
    const both = vault(NEW, OLD);
    const { accessToken, refreshToken, tokenKeyId } = both.replace(kept, { accessToken: 'a2' }, OWNER);
    expect(tokenKeyId).toBe(both.keyId);
    expect(both.open(String(accessToken), both.keyId, PLACE)).toBe('a2');
    expect(both.open(String(refreshToken), both.keyId, { ...PLACE, field: 'refreshToken' })).toBe('r1');
  });

  it('leaves a token that is left out alone where its key seals already', () => {
    const kept = vault(NEW).replace(NO_TOKENS, { accessToken: 'a1', refreshToken: 'r1' }, OWNER);
    const { accessToken, refreshToken } = vault(NEW).replace(kept, { accessToken: 'a2' }, OWNER);
    expect(refreshToken).toBe(kept.refreshToken);
    expect(accessToken).not.toBe(kept.accessToken);
  });

  it('seals plain text from before there was encryption', () => {
    const kept = { accessToken: 'plain', refreshToken: null, tokenKeyId: null };
    const { accessToken, tokenKeyId } = vault(NEW).replace(kept, {}, OWNER);
    expect(vault(NEW).open(String(accessToken), String(tokenKeyId), PLACE)).toBe('plain');
  });

  it('names no key where no token is left', () => {
    const kept = { accessToken: null, refreshToken: 'plain', tokenKeyId: null };
    expect(vault(NEW).replace(kept, { refreshToken: null }, OWNER)).toEqual(NO_TOKENS);
  });

  it('does not need the old key where both tokens are given', () => {
    const kept = vault(OLD).replace(NO_TOKENS, { accessToken: 'a1', refreshToken: 'r1' }, OWNER);
    const replaced = vault(NEW).replace(kept, { accessToken: 'a2', refreshToken: null }, OWNER);
    expect(replaced.tokenKeyId).toBe(vault(NEW).keyId);
  });
});
