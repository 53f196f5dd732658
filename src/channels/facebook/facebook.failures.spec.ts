import { describe, expect, it } from '@jest/globals';
import type { ProviderFailure } from '../provider.js';
import { failureOf, graphErrorOf } from '../meta.failures.js';
import { MESSENGER } from './facebook.failures.js';

describe('a refusal of Messenger', () => {
  it.each<[number, number | null, ProviderFailure['kind'], RegExp]>([
    [190, 458, 'token', /took the permission back/],
    [190, 460, 'token', /changed their password/],
    [190, 463, 'token', /has expired/],
    [190, null, 'token', /connect the page again/],
    [190, 99, 'token', /connect the page again/],
    [10, 2018278, 'message', /24 hours.*HUMAN_AGENT/],
    [10, 2534022, 'message', /24 hours.*HUMAN_AGENT/],
    [551, null, 'message', /cannot be reached/],
    [551, 1545041, 'message', /cannot be reached/],
    [200, 1545041, 'message', /cannot be reached/],
    [10, 2018108, 'message', /cannot be reached/],
    [10, null, 'account', /permissions/],
    [10, 5, 'account', /permissions/],
    [200, null, 'account', /permissions/],
    [230, null, 'account', /permissions/],
    [10, 1893063, 'account', /restricted/],
    [368, null, 'account', /blocked/],
    [100, 2018001, 'message', /no such person/],
    [100, 2018109, 'message', /too large/],
    [100, 2018047, 'message', /could not fetch/],
    [100, null, 'message', /^Facebook refused this: why$/],
    [4, null, 'throttled', /more slowly/],
    [613, 2018022, 'throttled', /more slowly/],
    [613, null, 'throttled', /more slowly/],
    [1, null, 'transient', /trouble/],
    [101, null, 'message', /FACEBOOK_APP_ID/],
    [2, null, 'transient', /trouble/],
    [1200, null, 'transient', /trouble/],
  ])('with code %s/%s is of kind %s, in a sentence', (code, subcode, kind, sentence) => {
    const error = { code, message: 'why', ...(subcode !== null && { error_subcode: subcode }) };
    const failure = failureOf(graphErrorOf(error), MESSENGER.failures, 'Facebook refused this');
    expect(failure).toEqual({
      kind,
      code: subcode === null ? String(code) : `${code}/${subcode}`,
      message: expect.stringMatching(sentence),
    });
  });

  it.each([
    [1, 'Error validating client secret.', 'FACEBOOK_APP_SECRET'],
    [1, 'Missing client_secret parameter.', 'FACEBOOK_APP_SECRET'],
    [100, 'Invalid appsecret_proof provided in the API argument', 'FACEBOOK_APP_SECRET'],
  ])('with code %s and the words "%s" names the setting', (code, message, setting) => {
    const failure = failureOf(graphErrorOf({ code, message }), MESSENGER.failures, 'Facebook refused this');
    expect(failure).toEqual({ kind: 'message', code: String(code), message: expect.stringContaining(setting) });
  });
});
