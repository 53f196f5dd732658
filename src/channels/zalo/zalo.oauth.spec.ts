import { describe, expect, it } from '@jest/globals';
import type { Http, ProviderAnswer, ProviderApp, ProviderRequest } from '../provider.js';
import type { JsonObject } from '../json.js';
import { NoAnswerError } from '../provider.js';
import { accountOf } from './zalo.account.js';
import { authorizationUrl, challengeOf, exchange, makeVerifier, refresh } from './zalo.oauth.js';

const app: ProviderApp = {
  ...{ apiUrl: 'https://zalo.example', oauthUrl: 'https://oauth.example', verifyToken: '', signatures: [] },
  ...{ appId: '2074', appSecret: 'the app secret', webhookSecret: '' },
};
const pair = { access_token: 'new access', refresh_token: 'new refresh', expires_in: '90000' };

/** Answers every request with the same, and remembers them. */
function zalo(answer: Partial<ProviderAnswer>) {
  const requests: ProviderRequest[] = [];
  const http: Http = {
    send: (request) => {
      requests.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: null, ...answer });
    },
    download: () => Promise.reject(new Error('Nothing is downloaded here')),
  };
  return { http, requests };
}

describe('A way in through Zalo', () => {
  it('has a verifier of 43 alphanumerics, another one each time', () => {
    expect(makeVerifier()).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(makeVerifier()).not.toBe(makeVerifier());
  });

  it('has the challenge of RFC 7636, Appendix B', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  it('begins at the address where the owner says yes', () => {
    const url = new URL(authorizationUrl(app, 'https://desk.example/back?a=b', 'the state', 'the challenge'));
    expect(url.origin + url.pathname).toBe('https://oauth.example/v4/oa/permission');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ app_id: '2074', redirect_uri: 'https://desk.example/back?a=b' },
      ...{ code_challenge: 'the challenge', state: 'the state' },
    });
  });

  it('ends in a pair of tokens', async () => {
    const { http, requests } = zalo({ body: pair });
    expect(await exchange('the code', 'the verifier', app, http)).toEqual({
      ...{ accessToken: 'new access', refreshToken: 'new refresh', expiresInSeconds: 90_000 },
    });
    const form = { grant_type: 'authorization_code', code: 'the code', code_verifier: 'the verifier', app_id: '2074' };
    const headers = { secret_key: 'the app secret' };
    expect(requests).toEqual([{ method: 'POST', url: 'https://oauth.example/v4/oa/access_token', headers, form }]);
  });

  it('goes on with a refresh token', async () => {
    const { http, requests } = zalo({ body: { ...pair, expires_in: 3_600 } });
    expect(await refresh('the old refresh', app, http)).toMatchObject({ expiresInSeconds: 3_600 });
    const form = { grant_type: 'refresh_token', refresh_token: 'the old refresh', app_id: '2074' };
    expect(requests).toMatchObject([{ url: 'https://oauth.example/v4/oa/access_token', form }]);
  });

  it.each<[string, Partial<ProviderAnswer>, object]>([
    [
      'any other code',
      { body: { error: -14014, error_name: 'Invalid refresh token' } },
      { kind: 'token', code: '-14014' },
    ],
    ['an unknown app', { body: { error: -14002, error_reason: 'x' } }, { kind: 'token', code: '-14002' }],
    ['another callback', { body: { error: -14003 } }, { kind: 'token', code: '-14003' }],
    ['the pace', { body: { error: -32 } }, { kind: 'throttled', code: '-32' }],
    ['a server in trouble', { status: 502, body: '' }, { kind: 'transient', code: 'http_502' }],
  ])('is refused for %s', async (_name, answer, failure) => {
    await expect(refresh('r', app, zalo(answer).http)).rejects.toMatchObject({ failure });
  });

  it.each<[string, Partial<ProviderAnswer>]>([
    ['no JSON', { body: 'OK' }],
    ['no token', { body: { expires_in: '90000' } }],
  ])('is not known to have ended where the answer has %s', async (_name, answer) => {
    await expect(exchange('c', 'v', app, zalo(answer).http)).rejects.toThrow(NoAnswerError);
  });
});

describe('An account', () => {
  it.each([
    ['oa_id', { oa_id: '9007199254740993001' }],
    ['oaid', { oaid: '9007199254740993001' }],
  ])('is named by %s', async (_field, id) => {
    const { http, requests } = zalo({ body: { error: 0, data: { ...id, name: 'Tiệm hoa', avatar: 'https://a' } } });
    expect(await accountOf('the token', app, http)).toEqual({
      ...{ oaId: '9007199254740993001', name: 'Tiệm hoa', avatarUrl: 'https://a' },
      ...{ accessToken: 'the token', businessId: null, canMessage: true },
    });
    expect(requests).toMatchObject([
      { url: 'https://zalo.example/v2.0/oa/getoa', headers: { access_token: 'the token' } },
    ]);
  });

  it.each<JsonObject>([{}, { oa_id: 2 ** 60 }])('that is named by %j is none', async (data) => {
    const failing = accountOf('the token', app, zalo({ body: { error: 0, data } }).http);
    await expect(failing).rejects.toMatchObject({ failure: { code: 'no_account' } });
  });
});
