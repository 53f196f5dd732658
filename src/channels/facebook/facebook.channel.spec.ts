import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Attachment, ChannelEvent } from '../channel-events.js';
import type { ProviderApp } from '../provider.js';
import { facebookChannel } from './facebook.channel.js';

const NOW = Date.UTC(2026, 0, 15, 12);
const SENT = NOW - 5_000;
const ENTRY_TIME = NOW - 1_000;
const PAGE = '2208934771';
const PERSON = '7301554468';
const DIGEST = '[\\w-]{43}';

const byCustomer = { sender: { id: PERSON }, recipient: { id: PAGE }, timestamp: SENT };
const byPage = { sender: { id: PAGE }, recipient: { id: PERSON }, timestamp: SENT };
const base = { oaId: PAGE, customerExternalId: PERSON, occurredAt: new Date(SENT) };

function bodyOf(...messaging: unknown[]): unknown {
  return { object: 'page', entry: [{ id: PAGE, time: ENTRY_TIME, messaging }] };
}

function translate(...messaging: unknown[]): ChannelEvent[] {
  return facebookChannel.translate(bodyOf(...messaging));
}

function onlyEvent(item: unknown): ChannelEvent {
  const [event, ...others] = translate(item);
  if (event === undefined || others.length > 0) throw new Error('Expected exactly one event');
  return event;
}

function received(mid: string, fields: object): object {
  const dedupeKey = `message.received:${mid}`;
  const empty = { text: null, attachments: [], metadata: {} };
  return { kind: 'message.received', ...base, dedupeKey, providerMessageId: mid, ...empty, ...fields };
}

function echoed(mid: string, fields: object): object {
  return {
    ...received(mid, { kind: 'message.echoed', dedupeKey: `message.echoed:${mid}` }),
    ownMessageId: null,
    ...fields,
  };
}

function other(type: string, item: object, sender: string = PERSON): object {
  const dedupeKey: unknown = expect.stringMatching(new RegExp(`^other:${type}:${sender}:${SENT}:${DIGEST}$`));
  return { kind: 'other', type, oaId: PAGE, occurredAt: new Date(SENT), dedupeKey, payload: item };
}

beforeEach(() => void jest.useFakeTimers({ now: NOW }));
afterEach(() => void jest.useRealTimers());

describe('a body of Messenger', () => {
  it('gives the events of all entries in their order, each under its own page', () => {
    const entry = (page: string, ...mids: string[]): object => ({
      id: page,
      messaging: mids.map((mid) => ({ sender: { id: PERSON }, recipient: { id: page }, message: { mid } })),
    });
    const events = facebookChannel.translate({ object: 'page', entry: [entry('1', 'a', 'b'), entry('2', 'c')] });
    expect(events.map(({ oaId, dedupeKey }) => [oaId, dedupeKey])).toEqual([
      ['1', 'message.received:a'],
      ['1', 'message.received:b'],
      ['2', 'message.received:c'],
    ]);
  });

  it('keeps what another app answers as `standby`', () => {
    const item = { ...byCustomer, message: { mid: 'm1', text: 'for the other app' } };
    const body = { object: 'page', entry: [{ id: PAGE, time: ENTRY_TIME, standby: [item] }] };
    expect(facebookChannel.translate(body)).toEqual([other('standby', item)]);
  });

  it('keeps changes of the page as `changes`, at the time of the entry', () => {
    const item = { field: 'feed', value: { verb: 'add' } };
    const body = { object: 'page', entry: [{ id: PAGE, time: ENTRY_TIME / 1000, changes: [item] }] };
    const [event, ...others] = facebookChannel.translate(body);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ kind: 'other', type: 'changes', oaId: PAGE, payload: item });
    expect(event?.occurredAt).toEqual(new Date(ENTRY_TIME));
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'page'],
    ['a number', 7],
    ['a list', [bodyOf({ ...byCustomer, message: { mid: 'm1' } })]],
    ['an empty object', {}],
    ['of another object', { object: 'instagram', entry: [{ id: PAGE, messaging: [byCustomer] }] }],
    ['without entries', { object: 'page' }],
    ['with entries that are no list', { object: 'page', entry: { id: PAGE } }],
    ['with entries that are no objects', { object: 'page', entry: [null, 1, 'x', [], true] }],
    [
      'with an entry without an id',
      { object: 'page', entry: [{ messaging: [{ ...byCustomer, message: { mid: 'm1' } }] }] },
    ],
    ['with an entry whose id is an object', { object: 'page', entry: [{ id: {}, changes: [{}] }] }],
    ['with an id that lost digits', { object: 'page', entry: [{ id: 2 ** 53, changes: [{}] }] }],
    ['with lists that are none', { object: 'page', entry: [{ id: PAGE, messaging: {}, standby: 'x', changes: 3 }] }],
    ['with events that are no objects', bodyOf(null, 1, 'x', [], false)],
    ['with an event that says nothing', bodyOf(byCustomer, {})],
    ['with sides that are no objects', bodyOf({ sender: PERSON, recipient: 5, message: { mid: 'm1' } })],
    ['with an event between others', bodyOf({ sender: { id: '1' }, recipient: { id: '2' }, message: { mid: 'm1' } })],
    ['that claims a prototype', JSON.parse(`{"__proto__":{"object":"page","entry":[{"id":"1","changes":[{}]}]}}`)],
  ])('gives nothing when it is %s', (_name, body) => {
    expect(facebookChannel.translate(body)).toEqual([]);
  });

  it('gives its good parts where others are unusable', () => {
    const events = translate(null, { ...byCustomer, message: { mid: 'm1' } }, { sender: 4, message: {} });
    expect(events).toEqual([received('m1', {})]);
  });

  it('may have ids that are numbers', () => {
    const item = { sender: { id: Number(PERSON) }, recipient: { id: PAGE }, timestamp: SENT, message: { mid: 'm1' } };
    const body = { object: 'page', entry: [{ id: Number(PAGE), messaging: [item] }] };
    expect(facebookChannel.translate(body)).toEqual([received('m1', {})]);
  });

  it('keeps long ids digit by digit', () => {
    const [page, person] = ['90071992547409930001', '90071992547409930003'];
    const item = { sender: { id: person }, recipient: { id: page }, message: { mid: 'm1' } };
    const events = facebookChannel.translate({ object: 'page', entry: [{ id: page, messaging: [item] }] });
    expect(events).toMatchObject([{ oaId: page, customerExternalId: person }]);
  });
});

describe('the time of an event', () => {
  it.each<[string, unknown, number]>([
    ['milliseconds', SENT, SENT],
    ['seconds', SENT / 1000, SENT],
    ['milliseconds as text', String(SENT), SENT],
    ['seconds as text', String(SENT / 1000), SENT],
    ['a moment ahead of our clock', NOW + 60_000, NOW + 60_000],
    ['now when it lies in the future', NOW + 60_001, NOW],
    ['now when it lies beyond all calendars', 1e300, NOW],
    ['that of the entry when missing', undefined, ENTRY_TIME],
    ['that of the entry when null', null, ENTRY_TIME],
    ['that of the entry when zero', 0, ENTRY_TIME],
    ['that of the entry when negative', -SENT, ENTRY_TIME],
    ['that of the entry when no number', 'yesterday', ENTRY_TIME],
    ['that of the entry when not finite', Infinity, ENTRY_TIME],
    ['that of the entry when an object', {}, ENTRY_TIME],
  ])('is %s', (_name, timestamp, expected) => {
    expect(onlyEvent({ ...byCustomer, timestamp, message: { mid: 'm1' } }).occurredAt).toEqual(new Date(expected));
  });

  it('is now where the entry has none either', () => {
    const item = { sender: { id: PERSON }, recipient: { id: PAGE }, message: { mid: 'm1' } };
    const events = facebookChannel.translate({
      object: 'page',
      entry: [{ id: PAGE, time: 'never', messaging: [item] }],
    });
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([new Date(NOW)]);
  });
});

describe('a message of a customer', () => {
  it.each<[string, object, object]>([
    ['its text', { text: 'Xin chào 👋' }, { text: 'Xin chào 👋' }],
    ['no text where it is null', { text: null }, {}],
    ['no text where it is empty', { text: '' }, {}],
    ['no text where it is an object', { text: {} }, {}],
    [
      'a pressed quick reply',
      { text: 'Red', quick_reply: { payload: 'RED' } },
      { text: 'Red', metadata: { quickReply: 'RED' } },
    ],
    ['the message that it answers', { reply_to: { mid: 'm0', is_self_reply: false } }, { metadata: { replyTo: 'm0' } }],
    [
      'the advertisement it came from',
      { referral: { ref: 'r', source: 'ADS' } },
      { metadata: { referral: { ref: 'r', source: 'ADS' } } },
    ],
    [
      'a plugin',
      { tags: [{ source: 'customer_chat_plugin' }] },
      { metadata: { tags: [{ source: 'customer_chat_plugin' }] } },
    ],
    ['no metadata from fields of another shape', { quick_reply: 'RED', reply_to: [], referral: 'r' }, {}],
  ])('has %s', (_name, message, expected) => {
    expect(onlyEvent({ ...byCustomer, message: { mid: 'm1', ...message } })).toEqual(received('m1', expected));
  });

  it.each<[string, object, Attachment]>([
    ['image', { payload: { url: 'https://cdn.example/1' } }, { type: 'image', url: 'https://cdn.example/1' }],
    ['audio', { payload: { url: 'https://cdn.example/2' } }, { type: 'audio', url: 'https://cdn.example/2' }],
    ['video', { payload: { url: 'https://cdn.example/3' } }, { type: 'video', url: 'https://cdn.example/3' }],
    ['file', { payload: { url: 'https://cdn.example/4' } }, { type: 'file', url: 'https://cdn.example/4' }],
    [
      'sticker',
      { payload: { url: 'https://cdn.example/5', sticker_id: 81 } },
      { type: 'sticker', url: 'https://cdn.example/5', payload: { sticker_id: 81 } },
    ],
    [
      'reel',
      { payload: { url: 'https://cdn.example/6', title: 'A reel', reel_video_id: 9 } },
      { type: 'reel', url: 'https://cdn.example/6', title: 'A reel', payload: { reel_video_id: 9 } },
    ],
    ['ig_reel', { payload: { url: 'https://cdn.example/7' } }, { type: 'ig_reel', url: 'https://cdn.example/7' }],
    ['post', { payload: { url: 'https://cdn.example/8' } }, { type: 'post', url: 'https://cdn.example/8' }],
    ['ig_post', { payload: { url: 'https://cdn.example/9' } }, { type: 'ig_post', url: 'https://cdn.example/9' }],
    [
      'template',
      { title: 'Offer', subtitle: null, payload: { template_type: 'generic', elements: [{ title: 'One' }] } },
      {
        type: 'template',
        url: null,
        title: 'Offer',
        payload: { template_type: 'generic', elements: [{ title: 'One' }] },
      },
    ],
    [
      'fallback',
      { payload: null, title: 'A page', url: 'https://example.com' },
      { type: 'fallback', url: 'https://example.com', title: 'A page' },
    ],
    [
      'fallback',
      { payload: null, title: 'An older one', URL: 'https://example.com' },
      { type: 'fallback', url: 'https://example.com', title: 'An older one' },
    ],
    ['fallback', {}, { type: 'fallback', url: null }],
    [
      'location',
      { title: 'Here', url: 'https://maps.example', payload: { coordinates: { lat: 21.03, long: 105.85 } } },
      {
        type: 'location',
        url: 'https://maps.example',
        title: 'Here',
        payload: { coordinates: { lat: 21.03, long: 105.85 } },
      },
    ],
    [
      'appointment_booking',
      { payload: { booking_id: 'b1', status: 'requested', start_time: 1739612400 } },
      {
        type: 'appointment_booking',
        url: null,
        payload: { booking_id: 'b1', status: 'requested', start_time: 1739612400 },
      },
    ],
    [
      'hologram',
      { payload: { url: 'https://x.example', depth: 3 } },
      { type: 'hologram', url: 'https://x.example', payload: { depth: 3 } },
    ],
    ['image', { payload: { url: { not: 'a text' } } }, { type: 'image', url: null }],
    ['image', { payload: 'not an object' }, { type: 'image', url: null }],
  ])('has an attachment of type %s: %j', (type, attachment, expected) => {
    const message = { mid: 'm1', attachments: [{ type, ...attachment }] };
    expect(onlyEvent({ ...byCustomer, message })).toEqual(received('m1', { attachments: [expected] }));
  });

  it.each<[string, object[]]>([
    ['an image with a sticker id', [{ type: 'image', payload: { url: 'u', sticker_id: 81 } }]],
    ['a sticker', [{ type: 'sticker', payload: { url: 'u', sticker_id: 81 } }]],
    [
      'both',
      [
        { type: 'image', payload: { url: 'u', sticker_id: 81 } },
        { type: 'sticker', payload: { url: 'u', sticker_id: 81 } },
      ],
    ],
  ])('has one sticker where it came as %s', (_name, attachments) => {
    const expected = { attachments: [{ type: 'sticker', url: 'u', payload: { sticker_id: 81 } }] };
    expect(onlyEvent({ ...byCustomer, message: { mid: 'm1', attachments } })).toEqual(received('m1', expected));
  });

  it('has its attachments in their order, without those that are no objects', () => {
    const attachments = [{ type: 'image' }, null, 'x', { payload: { url: 'u' } }, { type: 'image' }];
    const types = ['image', 'unknown', 'image'].map((type, at) => ({ type, url: at === 1 ? 'u' : null }));
    expect(onlyEvent({ ...byCustomer, message: { mid: 'm1', attachments } })).toEqual(
      received('m1', { attachments: types }),
    );
  });

  it('that was taken back is a deletion', () => {
    expect(onlyEvent({ ...byCustomer, message: { mid: 'm1', is_deleted: true } })).toEqual({
      kind: 'message.deleted',
      ...base,
      dedupeKey: 'message.deleted:m1',
      providerMessageId: 'm1',
    });
  });
});

describe('a postback', () => {
  const press = (postback: object): ChannelEvent => onlyEvent({ ...byCustomer, postback });
  const synthetic = `postback:${PAGE}:${PERSON}:${SENT}`;

  it.each<[string, object, object]>([
    [
      'its title as the text',
      { mid: 'm1', title: 'Buy', payload: 'BUY' },
      received('m1', { text: 'Buy', metadata: { postback: { title: 'Buy', payload: 'BUY' } } }),
    ],
    [
      'its payload as the text where it has no title, and an id of what never changes',
      { payload: 'BUY' },
      received(synthetic, { text: 'BUY', metadata: { postback: { title: null, payload: 'BUY' } } }),
    ],
    [
      'how the customer came',
      { mid: 'm1', title: 'Start', payload: 'START', referral: { ref: 'r' } },
      received('m1', {
        text: 'Start',
        metadata: { postback: { title: 'Start', payload: 'START', referral: { ref: 'r' } } },
      }),
    ],
    [
      'no text where it says nothing',
      { mid: 'm1' },
      received('m1', { metadata: { postback: { title: null, payload: null } } }),
    ],
  ])('has %s', (_name, postback, expected) => {
    expect(press(postback)).toEqual(expected);
  });

  it('that has neither id nor time gets the same id at every delivery, at whatever hour', () => {
    const item = { sender: { id: PERSON }, recipient: { id: PAGE }, postback: { payload: 'BUY' } };
    const first = onlyEvent(item);
    jest.setSystemTime(NOW + 3_600_000);
    expect(onlyEvent(item).dedupeKey).toBe(first.dedupeKey);
  });

  it('cannot come from the page', () => {
    expect(onlyEvent({ ...byPage, postback: { payload: 'BUY' } })).toMatchObject({ kind: 'other', type: 'postback' });
  });
});

describe('an echo', () => {
  const ours = '0197C5B2-7d1e-7c44-9a53-0c2b7e9f1a10';

  it.each<[string, object, object]>([
    ['our message id, in lower case', { is_echo: true, metadata: ours }, { ownMessageId: ours.toLowerCase() }],
    ['no id of ours where the metadata is of another app', { is_echo: true, metadata: 'campaign 7' }, {}],
    ['no id of ours where the metadata is no text', { is_echo: true, metadata: { id: ours } }, {}],
    ['the app that sent it', { is_echo: true, app_id: 1517776481860111 }, { metadata: { appId: '1517776481860111' } }],
    ['no app where the number lost digits', { is_echo: true, app_id: 2 ** 60 }, {}],
    ['its text', { is_echo: true, text: 'We are open' }, { text: 'We are open' }],
    [
      'its attachments',
      { is_echo: true, attachments: [{ type: 'image' }] },
      { attachments: [{ type: 'image', url: null }] },
    ],
    ['no need of its flag, when the page is the sender', { text: 'Hi' }, { text: 'Hi' }],
  ])('has %s', (_name, message, expected) => {
    expect(onlyEvent({ ...byPage, message: { mid: 'm1', ...message } })).toEqual(echoed('m1', expected));
  });
});

describe('a receipt', () => {
  const sides: [string, typeof byCustomer][] = [
    ['the customer', byCustomer],
    ['the page', byPage],
  ];

  it.each(sides)('of delivery may come from %s', (_name, sentBy) => {
    expect(onlyEvent({ ...sentBy, delivery: { mids: ['m1', 'm2'], watermark: SENT - 10 } })).toEqual({
      kind: 'messages.delivered',
      ...base,
      dedupeKey: `messages.delivered:${sentBy.sender.id}:${SENT}:${SENT - 10}:m1:m2`,
      until: new Date(SENT - 10),
      providerMessageIds: ['m1', 'm2'],
    });
  });

  it.each(sides)('of reading may come from %s', (_name, sentBy) => {
    expect(onlyEvent({ ...sentBy, read: { watermark: SENT - 10 } })).toEqual({
      kind: 'messages.read',
      ...base,
      dedupeKey: `messages.read:${sentBy.sender.id}:${SENT}:${SENT - 10}`,
      until: new Date(SENT - 10),
      providerMessageIds: [],
    });
  });

  it.each<[string, object, number, string[]]>([
    ['seconds', { watermark: 1700000000 }, 1700000000000, []],
    ['text', { watermark: '1700000000123' }, 1700000000123, []],
    ['seconds as text', { watermark: '1700000000' }, 1700000000000, []],
    ['the future, which ends now', { watermark: NOW + 3_600_000 }, NOW, []],
    ['nothing, so that only the named messages count', { mids: ['m1', null, 7, {}, ''] }, 0, ['m1', '7']],
    ['garbage, so that only the named messages count', { watermark: 'soon', mids: ['m1'] }, 0, ['m1']],
  ])('may have a watermark of %s', (_name, delivery, until, providerMessageIds) => {
    expect(onlyEvent({ ...byCustomer, delivery })).toMatchObject({ until: new Date(until), providerMessageIds });
  });

  it('without watermark and messages is kept as it came', () => {
    const item = { ...byCustomer, read: { seq: 4 } };
    expect(onlyEvent(item)).toEqual(other('read', item));
  });

  it('that names many messages still has a short key', () => {
    const mids = Array.from({ length: 500 }, (_item, at) => `m_${at}`);
    expect(onlyEvent({ ...byCustomer, delivery: { mids } }).dedupeKey).toMatch(
      new RegExp(`^messages.delivered:${DIGEST}$`),
    );
  });
});

describe('a reaction', () => {
  it.each<[string, object, string, string | null]>([
    ['an emoji', { action: 'react', emoji: '❤️', reaction: 'love' }, 'react', '❤️'],
    ['its name where it has no emoji', { action: 'react', reaction: 'smile' }, 'react', 'smile'],
    ['nothing when taken back', { action: 'unreact', emoji: '❤️', reaction: 'love' }, 'unreact', null],
  ])('has %s', (_name, reaction, action, emoji) => {
    expect(onlyEvent({ ...byCustomer, reaction: { mid: 'm1', ...reaction } })).toEqual({
      kind: 'message.reacted',
      ...base,
      dedupeKey: `message.reacted:m1:${PERSON}:${action}:${SENT}`,
      providerMessageId: 'm1',
      reactorId: PERSON,
      emoji,
    });
  });

  it('of the page has the page as its reactor', () => {
    const reaction = { mid: 'm1', action: 'react', emoji: '👍' };
    expect(onlyEvent({ ...byPage, reaction })).toMatchObject({ reactorId: PAGE, customerExternalId: PERSON });
  });
});

describe('an edit', () => {
  it.each<[string, unknown]>([
    ['number', 3],
    ['text', '3'],
  ])('has its revision from a %s', (_name, revision) => {
    expect(onlyEvent({ ...byCustomer, message_edit: { mid: 'm1', text: 'new', num_edit: revision } })).toEqual({
      kind: 'message.edited',
      ...base,
      dedupeKey: 'message.edited:m1:3',
      providerMessageId: 'm1',
      text: 'new',
      revision: 3,
    });
  });
});

describe('what we do nothing about', () => {
  it.each([
    'referral',
    'optin',
    'account_linking',
    'policy_enforcement',
    'policy-enforcement',
    'pass_thread_control',
    'take_thread_control',
    'request_thread_control',
    'app_roles',
    'message_request',
    'invented_tomorrow',
  ])('is kept as it came: %s', (type) => {
    const item = { ...byCustomer, hop_context: [{ app_id: 7 }], [type]: { some: ['thing'] } };
    expect(onlyEvent(item)).toEqual(other(type, item));
  });

  it('is kept where it has no sender', () => {
    const item = { recipient: { id: PAGE }, timestamp: SENT, app_roles: { '7': ['automation'] } };
    expect(onlyEvent(item)).toEqual(other('app_roles', item, ''));
  });

  it.each<[string, string, object]>([
    ['a message without an id', 'message', { ...byCustomer, message: { text: 'lost' } }],
    ['a message with a list for an id', 'message', { ...byCustomer, message: { mid: ['m1'] } }],
    ['a message with an endless id', 'message', { ...byCustomer, message: { mid: 'm'.repeat(513) } }],
    ['a message that is a text', 'message', { ...byCustomer, message: 'Hi' }],
    ['a postback that is null', 'postback', { ...byCustomer, postback: null }],
    ['a reaction without a message', 'reaction', { ...byCustomer, reaction: { action: 'react', emoji: '❤️' } }],
    ['a reaction of nothing', 'reaction', { ...byCustomer, reaction: { mid: 'm1', action: 'react' } }],
    ['an edit without a number', 'message_edit', { ...byCustomer, message_edit: { mid: 'm1', text: 'new' } }],
    [
      'an edit with a fraction',
      'message_edit',
      { ...byCustomer, message_edit: { mid: 'm1', text: 'new', num_edit: 1.5 } },
    ],
    ['an edit without a text', 'message_edit', { ...byCustomer, message_edit: { mid: 'm1', num_edit: 1 } }],
  ])('is kept as it came: %s', (_name, type, item) => {
    expect(onlyEvent(item)).toEqual(other(type, item));
  });

  it('is kept where the page talks to nobody', () => {
    const item = { recipient: { id: PAGE }, timestamp: SENT, message: { mid: 'm1' } };
    expect(onlyEvent(item)).toEqual(other('message', item, ''));
  });
});

describe('the dedupe key', () => {
  const items: object[] = [
    { ...byCustomer, message: { mid: 'm1', text: 'a' } },
    { ...byPage, message: { mid: 'm1', is_echo: true } },
    { ...byCustomer, message: { mid: 'm1', is_deleted: true } },
    { ...byCustomer, message: { mid: 'm2' } },
    { ...byCustomer, postback: { payload: 'A' } },
    { ...byCustomer, timestamp: SENT + 1, postback: { payload: 'A' } },
    { ...byCustomer, sender: { id: '9' }, postback: { payload: 'A' } },
    { ...byCustomer, delivery: { watermark: SENT } },
    { ...byCustomer, delivery: { watermark: SENT + 1 } },
    { ...byCustomer, read: { watermark: SENT } },
    { ...byCustomer, reaction: { mid: 'm1', action: 'react', emoji: '❤️' } },
    { ...byCustomer, reaction: { mid: 'm1', action: 'unreact' } },
    { ...byCustomer, timestamp: SENT + 1, reaction: { mid: 'm1', action: 'react', emoji: '❤️' } },
    { ...byCustomer, sender: { id: '9' }, reaction: { mid: 'm1', action: 'react', emoji: '❤️' } },
    { ...byCustomer, message_edit: { mid: 'm1', text: 'b', num_edit: 1 } },
    { ...byCustomer, message_edit: { mid: 'm1', text: 'b', num_edit: 2 } },
    { ...byCustomer, optin: { ref: 'a' } },
    { ...byCustomer, optin: { ref: 'b' } },
    { ...byCustomer, referral: { ref: 'a' } },
    { recipient: { id: PAGE }, timestamp: SENT, app_roles: {} },
    { sender: { id: PERSON }, recipient: { id: PAGE }, delivery: { mids: ['m1'] } },
    { sender: { id: PERSON }, recipient: { id: PAGE }, reaction: { mid: 'm1', emoji: '❤️' } },
  ];
  const keysOf = (entry: object): string[] =>
    facebookChannel.translate({ object: 'page', entry: [{ id: PAGE, ...entry }] }).map(({ dedupeKey }) => dedupeKey);

  it('differs between events that differ', () => {
    const keys = keysOf({ messaging: items, standby: items, changes: [{ field: 'feed' }, { field: 'name' }] });
    expect(keys).toHaveLength(2 * items.length + 2);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is the same when the events are delivered again, later and in another batch', () => {
    const first = keysOf({ time: NOW, messaging: items, standby: items, changes: [{ field: 'feed' }] });
    jest.setSystemTime(NOW + 86_400_000);
    expect(keysOf({ time: NOW + 7, messaging: items, standby: items, changes: [{ field: 'feed' }] })).toEqual(first);
  });

  it('is the same when a future time was cut off at different moments', () => {
    const item = { ...byCustomer, timestamp: NOW + 86_400_000, postback: { payload: 'A' } };
    const first = onlyEvent(item).dedupeKey;
    jest.setSystemTime(NOW + 1_000);
    expect(onlyEvent(item).dedupeKey).toBe(first);
  });
});

describe('what comes out', () => {
  const dirty = 'a\u0000b\ud800c\udc00😀';
  const clean = 'ab\ufffdc\ufffd😀';

  it('has no characters that the database refuses, wherever they came', () => {
    const message = {
      mid: dirty,
      text: dirty,
      quick_reply: { payload: dirty },
      referral: { [dirty]: [{ deep: dirty }] },
      attachments: [{ type: dirty, title: dirty, payload: { url: dirty, more: dirty } }],
    };
    expect(onlyEvent({ ...byCustomer, message })).toEqual(
      received(clean, {
        text: clean,
        attachments: [{ type: clean, url: clean, title: clean, payload: { more: clean } }],
        metadata: { quickReply: clean, referral: { [clean]: [{ deep: clean }] } },
      }),
    );
  });

  it('has no such characters in the type and payload of what is kept', () => {
    const item = { ...byCustomer, [dirty]: dirty };
    expect(onlyEvent(item)).toMatchObject({ type: clean, payload: { ...byCustomer, [clean]: clean } });
  });

  it('has a type of bearable length, not cut through a character', () => {
    const item = { ...byCustomer, [`${'x'.repeat(99)}😀`]: {} };
    expect(onlyEvent(item)).toMatchObject({ type: `${'x'.repeat(99)}\ufffd` });
  });

  it('has no key `__proto__`, not even one that cleaning would bring about', () => {
    const json = `{"sender":{"id":"${PERSON}"},"recipient":{"id":"${PAGE}"},"__proto__":{"a":1},"\\u0000__proto__":{"b":2},"optin":{"__proto__":{"c":3}}}`;
    const event = onlyEvent(JSON.parse(json));
    const payload = { sender: { id: PERSON }, recipient: { id: PAGE }, optin: {} };
    expect(event).toMatchObject({ type: 'optin' });
    expect(JSON.stringify(event)).not.toMatch(/__proto__/);
    expect(event.kind === 'other' && event.payload).toStrictEqual(payload);
  });

  it('has null for numbers that JSON does not have', () => {
    const item = { ...byCustomer, optin: { many: JSON.parse('1e999'), none: NaN } };
    expect(onlyEvent(item)).toMatchObject({ payload: { optin: { many: null, none: null } } });
  });

  it.each([
    ['objects', '{"a":', '}'],
    ['lists', '[', ']'],
  ])('has at most 50 levels of nested %s, however deep it came', (_name, open, close) => {
    const depth = 200_000;
    const optin: unknown = JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);
    const event = onlyEvent({ ...byCustomer, optin });
    const levels = JSON.stringify(event.kind === 'other' && event.payload.optin).split(open).length - 1;
    expect(levels).toBe(49);
  });

  it('keeps 50 levels whole', () => {
    const optin: unknown = JSON.parse(`${'{"a":'.repeat(49)}1${'}'.repeat(49)}`);
    expect(onlyEvent({ ...byCustomer, optin })).toMatchObject({ payload: { ...byCustomer, optin } });
  });
});

describe('the channel', () => {
  const app: ProviderApp = {
    apiUrl: 'https://graph.example',
    oauthUrl: 'https://graph.example',
    appId: '1',
    appSecret: 'app secret',
    webhookSecret: 'webhook secret',
    verifyToken: 't',
    signatures: [],
  };

  it('is Facebook, and shares handshake and signature with all of Meta', () => {
    const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 't', 'hub.challenge': '42' };
    expect(facebookChannel.platform).toBe('facebook');
    expect(facebookChannel.answerHandshake(query, app)).toBe('42');
    expect(facebookChannel.signatureOf(Buffer.from('{}'), {}, app)).toBeNull();
    const signature = createHmac('sha256', 'webhook secret').update('{}').digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${signature}` };
    expect(facebookChannel.signatureOf(Buffer.from('{}'), headers, app)).toBe('sha256');
  });

  it('knows no body that need not be signed', () => {
    expect(facebookChannel.isProbe(Buffer.from('{}'))).toBe(false);
  });
});
