import { describe, expect, it } from '@jest/globals';
import type { ProviderFailure } from '../provider.js';
import { failureOf, graphErrorOf } from '../meta.failures.js';
import { WHATSAPP } from './whatsapp.failures.js';

const failure = (code: number, fields: object = {}): ProviderFailure =>
  failureOf(
    graphErrorOf({ code, error_data: { details: 'why' }, ...fields }),
    WHATSAPP.failures,
    'WhatsApp refused this',
  );

describe('a refusal of WhatsApp', () => {
  it.each<[number, ProviderFailure['kind'], RegExp]>([
    [0, 'token', /connect it again/],
    [190, 'token', /connect it again/],
    [3, 'account', /permissions/],
    [10, 'account', /permissions/],
    [200, 'account', /permissions/],
    [299, 'account', /permissions/],
    [131005, 'account', /permissions/],
    [4, 'throttled', /more slowly/],
    [80007, 'throttled', /more slowly/],
    [130429, 'throttled', /more slowly/],
    [131048, 'throttled', /more slowly/],
    [133016, 'throttled', /more slowly/],
    [2, 'transient', /trouble/],
    [131000, 'transient', /trouble/],
    [131016, 'transient', /trouble/],
    [131057, 'transient', /trouble/],
    [131047, 'message', /24 hours.*template/],
    [131026, 'message', /could not be delivered/],
    [131049, 'message', /advertising/],
    [130472, 'message', /advertising/],
    [131050, 'message', /does not want/],
    [131030, 'message', /test number/],
    [131021, 'message', /itself/],
    [131008, 'message', /^WhatsApp refused this: why$/],
    [131009, 'message', /^WhatsApp refused this: why$/],
    [100, 'message', /^WhatsApp refused this: why$/],
    [131062, 'message', /^WhatsApp refused this: why$/],
    [131051, 'message', /this kind of message/],
    [132000, 'message', /^WhatsApp refused the template: why$/],
    [132015, 'message', /^WhatsApp refused the template: why$/],
    [131052, 'message', /could not fetch/],
    [131053, 'message', /could not fetch/],
    [368, 'account', /restricted/],
    [131031, 'account', /restricted/],
    [130497, 'account', /that country/],
    [131042, 'account', /payment/],
  ])('with code %s is of kind %s, in a sentence', (code, kind, sentence) => {
    expect(failure(code)).toEqual({ kind, code: String(code), message: expect.stringMatching(sentence) });
  });

  it('for one customer alone says so, and when to try again', () => {
    expect(failure(131056)).toMatchObject({ kind: 'throttled', isRecipientOnly: true, retryAfterMs: 6_000 });
  });

  it('is worth another try where WhatsApp says that it may pass', () => {
    expect(failure(131009, { is_transient: true }).kind).toBe('transient');
  });
});
