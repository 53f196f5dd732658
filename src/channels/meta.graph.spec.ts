import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ScriptedHttp } from '../../test/support/scripted-http.js';
import { NoAnswerError, ProviderError } from './provider.js';
import type { Json } from './json.js';
import type { ProviderFailure } from './provider.js';
import { callGraph, graphUrl, proofOf, type GraphProduct } from './meta.graph.js';
import { listGraph } from './meta.lists.js';

const PRODUCT: GraphProduct = {
  name: 'Graph',
  failures: [
    { codes: ['10/77'], kind: 'message', says: 'The window is closed.' },
    { codes: [4], kind: 'throttled', says: 'Slower.' },
    { codes: [[200, 299]], kind: 'account', says: 'No permission.' },
    { codes: [1], kind: 'transient', says: 'Trouble.' },
    { codes: [132001], kind: 'message', says: 'The template was refused', isQuoted: true },
  ],
};
const NOW = Date.UTC(2026, 0, 15, 12);

async function failureOf(body: Json, status = 400, headers: Record<string, string> = {}): Promise<ProviderFailure> {
  const http = new ScriptedHttp().answer(body, status, headers);
  const error: unknown = await callGraph({ method: 'GET', url: 'https://graph.example' }, PRODUCT, http).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw new Error(`Expected a refusal, not ${String(error)}`);
  return error.failure;
}

beforeEach(() => void jest.useFakeTimers({ now: NOW }));
afterEach(() => void jest.useRealTimers());

describe('an answer of the Graph API', () => {
  it('is handed on where it is a yes', async () => {
    const http = new ScriptedHttp().answer({ id: '1' });
    await expect(callGraph({ method: 'GET', url: 'https://graph.example' }, PRODUCT, http)).resolves.toEqual({
      id: '1',
    });
  });

  it.each<[string, Json, number, Partial<ProviderFailure>]>([
    ['a code with its sub-code', { error: { code: 10, error_subcode: 77 } }, 400, { kind: 'message', code: '10/77' }],
    ['a code whatever its sub-code', { error: { code: 4, error_subcode: 9 } }, 400, { kind: 'throttled', code: '4/9' }],
    ['a code of a range', { error: { code: 230 } }, 403, { kind: 'account', code: '230' }],
    ['a refusal under status 200', { error: { code: 1 } }, 200, { kind: 'transient', code: '1' }],
    ['digits as a code', { error: { code: '4' } }, 400, { kind: 'throttled', code: '4' }],
    ['an unknown code', { error: { code: 100, message: 'Bad' } }, 400, { kind: 'message', code: '100' }],
    ['an unknown code that may pass', { error: { code: 100, is_transient: true } }, 400, { kind: 'transient' }],
    ['a throttling that may pass', { error: { code: 4, is_transient: true } }, 400, { kind: 'throttled' }],
    ['an unknown code under status 500', { error: { code: 99 } }, 500, { kind: 'transient', code: '99' }],
    ['no code at all', { error: {} }, 400, { kind: 'message', code: 'unknown' }],
    ['a gateway in trouble', '<html>', 502, { kind: 'transient', code: 'http_502' }],
    ['a gateway that throttles', '', 429, { kind: 'throttled', code: 'http_429' }],
    ['a refusal without a reason', 'Not found', 404, { kind: 'message', code: 'http_404' }],
  ])('is understood with %s', async (_name, body, status, failure) => {
    await expect(failureOf(body, status)).resolves.toMatchObject(failure);
  });

  it('quotes the reason of what the table does not know, without tokens', async () => {
    const message = `Malformed access token ${'EAAB'.repeat(20)} given`;
    const failure = await failureOf({ error: { code: 191, message } });
    expect(failure.message).toBe('Graph refused this: Malformed access token … given');
  });

  it('quotes the details rather than the message, where the table asks for it', async () => {
    const error = { code: 132001, message: 'Template Error', error_data: { details: 'no such name' } };
    expect((await failureOf({ error })).message).toBe('The template was refused: no such name');
  });

  it('leaves open whether a request was carried out where a gateway gave up waiting', async () => {
    const http = new ScriptedHttp().answer('', 504);
    const answer = callGraph({ method: 'POST', url: 'https://graph.example' }, PRODUCT, http);
    await expect(answer).rejects.toBeInstanceOf(NoAnswerError);
  });
});

describe('how long the Graph API wants to be left alone', () => {
  const usage = (percent: number): string => JSON.stringify({ call_count: percent, total_time: 5, total_cputime: 7 });
  const business = JSON.stringify({ '17': [{ type: 'messenger', estimated_time_to_regain_access: 3 }] });

  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a date', { 'retry-after': new Date(NOW + 9_000).toUTCString() }, 9_000],
    ['a date gone by', { 'retry-after': new Date(NOW - 9_000).toUTCString() }, 0],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['minutes of a business', { 'x-business-use-case-usage': business }, 180_000],
    ['an exhausted app', { 'x-app-usage': usage(100) }, 36_000],
    ['an app far beyond', { 'x-app-usage': usage(900) }, 3_600_000],
    ['an app with room left', { 'x-app-usage': usage(99) }, undefined],
    ['a header that is no JSON', { 'x-app-usage': 'full' }, undefined],
    ['nothing', {}, undefined],
  ])('is read from %s', async (_name, headers, expected) => {
    expect((await failureOf({ error: { code: 4 } }, 403, headers)).retryAfterMs).toBe(expected);
  });

  it('is not asked of a refusal that is final', async () => {
    expect(await failureOf({ error: { code: 200 } }, 403, { 'retry-after': '7' })).not.toHaveProperty('retryAfterMs');
  });
});

describe('a request to the Graph API', () => {
  it('cannot be led elsewhere by an id', () => {
    expect(graphUrl('https://graph.example/v25.0', ['../me', 'a/b?c'], { x: '&' })).toBe(
      'https://graph.example/v25.0/..%2Fme/a%2Fb%3Fc?x=%26',
    );
  });

  it('has a proof of the app secret where there is one', () => {
    expect(proofOf('a token', '')).toEqual({});
    expect(proofOf('a token', 'a secret')).toEqual({
      appsecret_proof: '33cb7cb74ef08f137373e368de1fa4d0362ab77d2b464532227a4184dc94f14d',
    });
  });
});

describe('a list of the Graph API', () => {
  const list = { apiUrl: 'https://graph.example', path: ['me', 'accounts'], query: {}, accessToken: 'a token' };
  const next = 'https://elsewhere.example/?access_token=a+token';

  it('is followed by its cursors, never by the address that it names', async () => {
    const http = new ScriptedHttp()
      .answer({ data: [{ id: '1' }], paging: { next, cursors: { after: 'c1' } } })
      .answer({ data: [{ id: '2' }], paging: { cursors: { after: 'c2' } } });
    await expect(listGraph(list, PRODUCT, http)).resolves.toEqual([{ id: '1' }, { id: '2' }]);
    expect(http.requests.map(({ url }) => url)).toEqual([
      'https://graph.example/me/accounts?limit=100',
      'https://graph.example/me/accounts?limit=100&after=c1',
    ]);
    expect(http.requests.map(({ headers }) => headers)).toEqual(Array(2).fill({ authorization: 'Bearer a token' }));
  });

  it('ends even where the provider never ends it', async () => {
    const http = new ScriptedHttp();
    for (let round = 0; round < 60; round += 1) http.answer({ data: [], paging: { next, cursors: { after: 'c' } } });
    await listGraph(list, PRODUCT, http);
    expect(http.requests).toHaveLength(50);
  });
});
