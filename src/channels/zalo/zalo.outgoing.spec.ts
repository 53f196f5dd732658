import { describe, expect, it } from '@jest/globals';
import type { Http, PageAccess, ProviderAnswer, ProviderApp, ProviderFailure, ProviderRequest } from '../provider.js';
import type { Json } from '../json.js';
import type { OutgoingAttachment, OutgoingMessage } from '../outgoing.js';
import { NoAnswerError, NotSentError, ProviderError } from '../provider.js';
import { zaloChannel } from './zalo.channel.js';

const NOW = new Date(Date.UTC(2026, 0, 15, 12));
const HOUR = 3_600_000;

const app: ProviderApp = {
  ...{ apiUrl: 'https://zalo.example', oauthUrl: 'https://oauth.example', verifyToken: '', signatures: [] },
  ...{ appId: '2074', appSecret: 'the app secret', webhookSecret: 'the OA secret key' },
};
const page: PageAccess = { oaId: '901', accessToken: 'the token', businessId: null };
const base: OutgoingMessage = {
  ...{ id: 'ours', customerExternalId: '801', text: null, attachments: [], quickReplies: [] },
  ...{ template: null, tag: null, replyTo: null },
};
const image: OutgoingAttachment = { type: 'image', url: 'https://files.example/1.jpg' };
const file: OutgoingAttachment = { type: 'file', url: 'https://files.example/prices', title: 'Bảng giá' };
const video: OutgoingAttachment = { type: 'video', url: 'https://files.example/3.mp4', title: 'Phim' };

/** Zalo, as far as one message needs it: gives its answers in their order, and remembers what it was asked. */
class Zalo implements Http {
  readonly requests: ProviderRequest[] = [];

  constructor(
    private readonly answers: Partial<ProviderAnswer>[],
    private readonly stored: { contentType: string } | Error = { contentType: 'application/pdf' },
  ) {}

  send(request: ProviderRequest): Promise<ProviderAnswer> {
    this.requests.push(request);
    return Promise.resolve({ status: 200, headers: {}, body: null, ...this.answers[this.requests.length - 1] });
  }

  download(): Promise<{ bytes: Uint8Array; contentType: string }> {
    if (this.stored instanceof Error) return Promise.reject(this.stored);
    return Promise.resolve({ bytes: Buffer.from('contents'), contentType: this.stored.contentType });
  }
}

const yes = (data: Json) => ({ body: { error: 0, message: 'Success', data } });
const no = (error: number, message = 'For developers') => ({ body: { error, message } });
const sent = yes({ message_id: 'm1', user_id: '801' });

function send(message: Partial<OutgoingMessage>, zalo: Http): Promise<string> {
  return zaloChannel.send({ ...base, ...message }, page, app, zalo);
}

async function failureOf(answer: Partial<ProviderAnswer>): Promise<ProviderFailure> {
  const error: unknown = await send({ text: 'a' }, new Zalo([answer])).catch((thrown: unknown) => thrown);
  if (!(error instanceof ProviderError)) throw new Error('Expected a refusal', { cause: error });
  return error.failure;
}

describe('the parts of a message', () => {
  const shown = (message: Partial<OutgoingMessage>) =>
    zaloChannel
      .parts({ ...base, ...message })
      .map(({ text, attachments, replyTo }) => [
        text,
        ...attachments.map(({ url }) => url),
        ...(replyTo ? [replyTo] : []),
      ]);
  const choices = [
    { title: 'Có', payload: 'YES' },
    { title: 'Không', payload: 'NO' },
  ];

  it.each<[string, Partial<OutgoingMessage>, unknown[]]>([
    ['one for a text', { text: 'Xin chào' }, [['Xin chào']]],
    ['the text with an image', { text: 'Đây', attachments: [image] }, [['Đây', image.url]]],
    ['an image alone', { attachments: [image] }, [[null, image.url]]],
    [
      'each further attachment by itself',
      { text: 'a', attachments: [image, file] },
      [
        ['a', image.url],
        [null, file.url],
      ],
    ],
    ['the text before a file', { text: 'a', attachments: [file] }, [['a'], [null, file.url]]],
    ['a link for a video', { attachments: [video] }, [[`Phim: ${video.url}`]]],
    ['a link for an audio', { attachments: [{ type: 'audio', url: 'https://a' }] }, [['https://a']]],
    ['quick replies as a list', { text: 'Đặt?', quickReplies: choices }, [['Đặt?\n\n1. Có\n2. Không']]],
    ['quick replies alone', { quickReplies: choices }, [['1. Có\n2. Không']]],
    [
      'the reply in the text',
      { text: 'a', replyTo: 'm0', attachments: [image] },
      [
        ['a', 'm0'],
        [null, image.url],
      ],
    ],
    ['no reply in an image', { replyTo: 'm0', attachments: [image] }, [[null, image.url]]],
  ])('are %s', (_name, message, expected) => {
    expect(shown(message)).toEqual(expected);
  });

  it('are of at most 2,000 characters, the first of them the reply', () => {
    const text = 'word '.repeat(900).trim();
    const pieces = zaloChannel.parts({ ...base, text, replyTo: 'm0' });
    expect(pieces.map(({ text: piece }) => (piece ?? '').length).every((length) => length <= 2_000)).toBe(true);
    expect(pieces.map(({ text: piece }) => piece).join(' ')).toBe(text);
    expect(pieces.map(({ replyTo }) => replyTo)).toEqual(['m0', null, null]);
  });
});

describe('a message is', () => {
  const refused = (ago: number | null, fields: Partial<OutgoingMessage> = {}) =>
    zaloChannel.refusal({ ...base, text: 'a', ...fields }, ago === null ? null : new Date(NOW.getTime() - ago), NOW);

  it.each([
    ['at once', 0],
    ['within 48 hours', 48 * HOUR],
    ['within 7 days, when Zalo bills it', 7 * 24 * HOUR],
  ])('allowed %s', (_name, ago) => {
    expect(refused(ago)).toBeNull();
  });

  it.each([
    ['after 7 days, with the way out', 7 * 24 * HOUR + 1, /write again.*phone.*ZNS/],
    ['to somebody who never wrote', null, /write first/],
  ])('refused %s', (_name, ago, message) => {
    expect(refused(ago)).toEqual({ kind: 'message', code: 'window_closed', message: expect.stringMatching(message) });
  });

  it('refused as a template', () => {
    const template = { name: 'offer', language: 'vi', components: [] };
    expect(refused(0, { template })).toMatchObject({ kind: 'message', code: 'template_unsupported' });
  });
});

describe('sending', () => {
  const url = 'https://zalo.example/v3.0/oa/message/cs';
  const headers = { access_token: 'the token' };
  const recipient = { user_id: '801' };

  it.each<[string, Partial<OutgoingMessage>, object]>([
    ['a text', { text: 'Xin chào' }, { text: 'Xin chào' }],
    ['a reply', { text: 'Vâng', replyTo: 'm0' }, { text: 'Vâng', quote_message_id: 'm0' }],
    [
      'an image with its text',
      { text: 'Đây', attachments: [image] },
      {
        text: 'Đây',
        attachment: {
          type: 'template',
          payload: { template_type: 'media', elements: [{ media_type: 'image', url: image.url }] },
        },
      },
    ],
  ])('%s is one request', async (_name, message, json) => {
    const zalo = new Zalo([sent]);
    expect(await send(message, zalo)).toBe('m1');
    expect(zalo.requests).toEqual([{ method: 'POST', url, headers, json: { recipient, message: json } }]);
  });

  it.each([
    ['application/pdf', 'Bảng giá.pdf'],
    ['Application/PDF; charset=binary', 'Bảng giá.pdf'],
    ['application/msword', 'Bảng giá.doc'],
    ['text/csv', 'Bảng giá.csv'],
  ])('a file of %s uploads it first', async (contentType, name) => {
    const zalo = new Zalo([yes({ token: 'the upload' }), sent], { contentType });
    expect(await send({ attachments: [file] }, zalo)).toBe('m1');
    expect(zalo.requests).toMatchObject([
      { url: 'https://zalo.example/v2.0/oa/upload/file', headers, file: { field: 'file', name } },
      { url, json: { message: { attachment: { type: 'file', payload: { token: 'the upload' } } } } },
    ]);
  });

  it.each([
    ['a name without title', { type: 'file', url: 'https://files.example/a/b.PDF?x=1' }, 'b.PDF'],
    ['no name at all', { type: 'file', url: 'https://files.example/' }, 'file.pdf'],
  ] as const)('a file with %s has one all the same', async (_name, attachment, name) => {
    const zalo = new Zalo([yes({ token: 'the upload' }), sent]);
    await send({ attachments: [attachment] }, zalo);
    expect(zalo.requests[0]?.file?.name).toBe(name);
  });

  it.each([
    ['of another kind', { contentType: 'application/zip' }],
    ['that is too large', new ProviderError({ kind: 'message', code: 'too_large', message: 'Too large' })],
  ])('a file %s goes as a link', async (_name, stored) => {
    const zalo = new Zalo([sent], stored);
    expect(await send({ attachments: [file] }, zalo)).toBe('m1');
    expect(zalo.requests).toMatchObject([{ url, json: { message: { text: `Bảng giá: ${file.url}` } } }]);
  });

  it('a file that cannot be fetched fails as that', async () => {
    const gone = new ProviderError({ kind: 'message', code: 'http_404', message: 'Gone' });
    await expect(send({ attachments: [file] }, new Zalo([], gone))).rejects.toBe(gone);
  });

  it.each([
    ['download', new Zalo([], new NoAnswerError('ECONNRESET'))],
    ['upload', new Zalo([{ status: 504 }])],
  ])('a file whose %s got no answer can be sent again', async (_name, zalo) => {
    await expect(send({ attachments: [file] }, zalo)).rejects.toThrow(NotSentError);
  });

  it('a file whose upload has no result fails', async () => {
    await expect(send({ attachments: [file] }, new Zalo([yes({})]))).rejects.toMatchObject({
      failure: { kind: 'message', code: 'upload_failed' },
    });
  });

  it.each<[string, Partial<ProviderAnswer>]>([
    ['names no message', yes({})],
    ['has no error field', { body: { data: { message_id: 'm1' } } }],
    ['is no JSON', { body: '<html>' }],
    ['comes from a gateway that gave up', { status: 504, body: 'Gateway Timeout' }],
  ])('is not known to have happened where the answer %s', async (_name, answer) => {
    await expect(send({ text: 'a' }, new Zalo([answer]))).rejects.toThrow(NoAnswerError);
  });
});

describe('a refusal of Zalo', () => {
  const table: Record<ProviderFailure['kind'], number[]> = {
    token: [-216, -220],
    throttled: [-32],
    account: [-204, -205, -209, -210, -211, -212, -219, -221, -223, -224, -240],
    message: [-201, -213, -217, -218, -227, -230, -232, -233, -244, -9999],
    transient: [],
  };

  it.each(Object.entries(table).flatMap(([kind, codes]) => codes.map((code) => ({ kind, code }))))(
    'with error $code under status 200 is of kind $kind, in a sentence',
    async ({ kind, code }) => {
      const failure = await failureOf(no(code));
      expect(failure).toEqual({ kind, code: String(code), message: expect.stringMatching(/^.{20,}[.]$/) });
    },
  );

  it('may have its code as text', async () => {
    expect(await failureOf({ body: { error: '-216' } })).toMatchObject({ kind: 'token', code: '-216' });
  });

  it('says what Zalo said where we do not know the code, without a token in it', async () => {
    const { message } = await failureOf(no(-9999, `Bad token ${'x'.repeat(60)}`));
    expect(message).toBe('Zalo refused this: Bad token ….');
  });

  it.each([
    [500, 'transient'],
    [503, 'transient'],
    [429, 'throttled'],
    [404, 'message'],
  ])('without a code, with status %d, is of kind %s', async (status, kind) => {
    expect(await failureOf({ status, body: 'oops' })).toMatchObject({ kind, code: `http_${status}` });
  });

  it.each([
    [{ status: 429, body: '', headers: { 'retry-after': '7' } }, 7_000],
    [{ ...no(-32), headers: { 'retry-after': '7' } }, 7_000],
    [{ ...no(-32), headers: { 'retry-after': 'soon' } }, undefined],
    [{ ...no(-213), headers: { 'retry-after': '7' } }, undefined],
  ])('%j asks to wait %p ms', async (answer, wait) => {
    expect((await failureOf(answer)).retryAfterMs).toBe(wait);
  });
});

describe('a person', () => {
  const profile = (zalo: Http) => zaloChannel.profile('801', page, app, zalo);

  it('has a name, a picture and what they shared', async () => {
    const zalo = new Zalo([
      yes({ display_name: 'Lan', avatar: 'https://a', avatars: { 240: 'https://b' }, shared_info: { phone: 84901 } }),
    ]);
    expect(await profile(zalo)).toEqual({ displayName: 'Lan', avatarUrl: 'https://b', phone: '84901' });
    const query = encodeURIComponent('{"user_id":"801"}');
    expect(zalo.requests[0]?.url).toBe(`https://zalo.example/v3.0/oa/user/detail?data=${query}`);
  });

  it.each<[string, Partial<ProviderAnswer>]>([
    ['says nothing', yes({})],
    ['does not follow', no(-213)],
    ['may not be asked about', no(-212)],
  ])('who %s is unknown', async (_name, answer) => {
    expect(await profile(new Zalo([answer]))).toBeNull();
  });

  it('is asked for again where the token is dead', async () => {
    await expect(profile(new Zalo([no(-216)]))).rejects.toMatchObject({ failure: { kind: 'token' } });
  });
});

describe('an attachment', () => {
  it.each(['image', 'gif', 'sticker', 'audio', 'video', 'file'])('of type %s is at its address', async (type) => {
    expect(await zaloChannel.media({ type, url: 'https://a' }, page, app, new Zalo([]))).toEqual({
      url: 'https://a',
      headers: {},
    });
  });

  it.each([
    { type: 'link', url: 'https://a' },
    { type: 'location', url: null },
    { type: 'image', url: null },
  ])('like %j is no file', async (attachment) => {
    expect(await zaloChannel.media(attachment, page, app, new Zalo([]))).toBeNull();
  });
});

describe('what Zalo does not have', () => {
  it('asks nothing of it', async () => {
    const zalo = new Zalo([]);
    await zaloChannel.signal('typing', { customerExternalId: '801', providerMessageId: null }, page, app, zalo);
    await zaloChannel.subscribe(page, app, zalo);
    await zaloChannel.unsubscribe(page, app, zalo);
    expect(zalo.requests).toEqual([]);
  });
});
