import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const CUSTOMER = '7301554468';
const MEBIBYTE = 1024 * 1024;

describe('A signed Messenger body that is not as it should be', () => {
  let world: World;
  let acme: TestOrganization;
  let page: string;
  beforeAll(async () => {
    world = await World.start();
    acme = await world.organization();
    page = await acme.page();
  });
  afterAll(() => world.stop());

  /** 200: anything else makes Meta send it again, for a day and a half. */
  const taken = (body: object | string) => world.facebook.post(body).expect(200, 'EVENT_RECEIVED');
  const fresh = () => `m_${randomUUID()}`;
  const written = (fields: object, customer = CUSTOMER) => ({
    ...fromCustomer(page, customer, Date.now()),
    message: { mid: fresh(), ...fields },
  });
  const newestText = async (customer = CUSTOMER): Promise<string> => {
    const { body } = await acme.get(`/conversations?oaId=${page}&search=${customer}`).expect(200);
    const { body: messages } = await acme.get(`/conversations/${body.data[0].id}/messages?limit=1`).expect(200);
    return messages.data[0].text;
  };

  const deep = (levels: number) => `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`;
  const STRANGE: [string, unknown][] = [
    ['nothing', null],
    ['a truth', true],
    ['zero', 0],
    ['a negative number', -1],
    ['a fraction', 0.5],
    ['a number beyond all', 1e308],
    ['an id beyond the exact numbers', 12345678901234567890],
    ['no text', ''],
    ['a space', ' '],
    ['NUL', '\0'],
    ['half a character', '\ud83d'],
    ['a long text', 'đ'.repeat(100_000)],
    ['a list', []],
    ['a list of lists', [[[]]]],
    ['a list of nothings', [null, undefined, 0, '']],
    ['an object', {}],
    ['an object of strange keys', { constructor: 5, toString: 'x', hasOwnProperty: null, '': '', '\0': 1, then: {} }],
    ['a prototype', JSON.parse('{"__proto__":{"id":"1"},"constructor":{"prototype":{}}}')],
  ];

  /** Everything that Messenger says, with all its fields. */
  const EVENTS: [string, () => Record<string, unknown>][] = [
    [
      'message',
      () => ({
        mid: fresh(),
        text: 'x',
        is_echo: false,
        is_deleted: false,
        app_id: 1,
        metadata: 'x',
        quick_reply: { payload: 'x' },
        reply_to: { mid: 'x' },
        referral: { ref: 'x' },
        attachments: [{ type: 'image', title: 'x', url: 'https://x', payload: { url: 'https://x', sticker_id: 1 } }],
      }),
    ],
    ['postback', () => ({ mid: fresh(), title: 'x', payload: 'x', referral: {} })],
    ['reaction', () => ({ mid: 'm_known', action: 'react', emoji: '❤', reaction: 'love' })],
    ['message_edit', () => ({ mid: 'm_known', text: 'x', num_edit: 1 })],
    ['delivery', () => ({ watermark: 1_768_478_400_000, mids: ['m_known'] })],
    ['read', () => ({ watermark: 1_768_478_400_000 })],
    ['optin', () => ({ ref: 'x' })],
  ];

  describe.each(STRANGE)('with %s', (_name, strange) => {
    it('in place of anything around an event is taken, or left', async () => {
      const event = written({ text: 'x' });
      const entry = { id: page, time: Date.now(), messaging: [event] };
      await taken({ object: strange, entry: [entry] });
      await taken({ object: 'page', entry: strange });
      await taken({ object: 'page', entry: [strange] });
      for (const field of ['id', 'time', 'messaging', 'standby', 'changes'])
        await taken({ object: 'page', entry: [{ ...entry, [field]: strange }] });
      for (const field of ['sender', 'recipient', 'timestamp', 'message'])
        await taken(pageBody(page, [{ ...event, [field]: strange }]));
      for (const field of ['sender', 'recipient'])
        await taken(pageBody(page, [{ ...event, [field]: { id: strange } }]));
      await taken(
        pageBody(page, [{ ...fromCustomer(page, CUSTOMER, Date.now()), [JSON.stringify(strange)]: strange }]),
      );
    });

    it.each(EVENTS)('in place of any field of a %s is taken', async (key, detailsOf) => {
      for (const field of Object.keys(detailsOf())) {
        const details = { ...detailsOf(), [field]: strange };
        await taken(pageBody(page, [{ ...fromCustomer(page, CUSTOMER, Date.now()), [key]: details }]));
      }
    });

    it('in place of any field of an attachment is taken', async () => {
      for (const field of ['type', 'payload', 'title', 'url', 'URL'])
        await taken(pageBody(page, [written({ attachments: [{ type: 'image', payload: {}, [field]: strange }] })]));
      for (const field of ['url', 'title', 'sticker_id', 'coordinates'])
        await taken(pageBody(page, [written({ attachments: [{ type: 'image', payload: { [field]: strange } }] })]));
    });
  });

  it('is kept without what Postgres cannot keep', async () => {
    await taken(pageBody(page, [written({ text: 'a\0b \ud83d c 👋' })]));
    expect(await newestText()).toBe('ab \ufffd c 👋');
  });

  it('is kept although its text is a mebibyte long', async () => {
    const text = 'x'.repeat(MEBIBYTE);
    await taken(pageBody(page, [written({ text }, 'long-winded')]));
    expect(await newestText('long-winded')).toHaveLength(text.length);
  });

  it('is kept where lists and objects lie in each other by the thousand', async () => {
    const event = JSON.stringify(written({ text: 'deep' }, 'diver'));
    const attachment = `{"type":"file","payload":{"x":${deep(20_000)}}}`;
    const bytes = JSON.stringify(pageBody(page, [{ here: 1 }])).replace(
      '{"here":1}',
      event.replace('"text":"deep"', `"text":"deep","attachments":[${attachment}]`),
    );
    await taken(bytes);
    expect(await newestText('diver')).toBe('deep');
    await taken(`{"object":"page","entry":${deep(40_000)}}`);
  });

  it('is refused where it is larger than any that is taken', async () => {
    const { body } = await world.facebook
      .post(pageBody(page, [written({ text: 'x'.repeat(20 * MEBIBYTE) })]))
      .expect(413);
    expect(body.error.code).toBe('too_large');
  });

  it('with ids of the greatest length, of the widest characters, is kept', async () => {
    const wide = (unit: string) =>
      Array.from({ length: 512 }, (_, index) => String.fromCharCode(0x1e00 + ((index * 7919) % 5000)) + unit)
        .join('')
        .slice(0, 512);
    const customer = wide('');
    const mid = wide('x');
    const items = [
      { message: { mid, text: 'wide' } },
      { reaction: { mid, action: 'react', emoji: '❤' } },
      { reaction: { mid: `${mid.slice(1)}y`, action: 'react', emoji: '❤' } },
      { read: { watermark: Date.now(), mids: [mid] } },
      { postback: { title: 'x', payload: 'y' } },
      { [mid]: {} },
    ];
    for (const item of items)
      await taken(pageBody(page, [{ ...fromCustomer(page, customer, 1_768_478_400_000), ...item }]));
    const rows = await world.database.rows('SELECT metadata FROM messages WHERE provider_message_id = $1', [mid]);
    expect(rows).toMatchObject([{ metadata: { reactions: { [customer]: '❤' } } }]);
  });

  it('that tells of one echo twice, once without and once with our own message in it, ends', async () => {
    const { id, oaId, customerId } = await acme.conversation();
    const own = (await acme.post(`/conversations/${id}/messages`, { text: 'Vâng' }).expect(202)).body.data;
    const echo = { sender: { id: oaId }, recipient: { id: customerId }, timestamp: Date.now() };
    const message = { mid: fresh(), text: 'Vâng', is_echo: true };
    await taken(pageBody(oaId, [{ ...echo, message }]));
    await taken(pageBody(oaId, [{ ...echo, message: { ...message, metadata: own.id } }]));
    const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
    const named = body.data.filter(
      ({ providerMessageId }: { providerMessageId: string }) => providerMessageId === message.mid,
    );
    expect(named).toHaveLength(1);
  });

  it('changes nobody: what was kept is this page’s, and the server still takes in the next message', async () => {
    const rows = await world.database.rows('SELECT DISTINCT org_id FROM messages');
    expect(rows).toEqual([{ org_id: acme.id }]);
    await world.facebook.text(page, CUSTOMER, 'still there?');
    expect(await newestText()).toBe('still there?');
  });
});
