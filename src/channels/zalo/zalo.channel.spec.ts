import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Attachment, ChannelEvent } from '../channel-events.js';
import { zaloChannel } from './zalo.channel.js';

const NOW = Date.UTC(2026, 0, 15, 12);
const SENT = NOW - 5_000;
const ACCOUNT = '9007199254740993001';
const PERSON = '9007199254740993002';
const DIGEST = '[\\w-]{43}';

const fromPerson = { sender: { id: PERSON }, recipient: { id: ACCOUNT }, app_id: '77', timestamp: String(SENT) };
const fromAccount = { ...fromPerson, sender: { id: ACCOUNT }, recipient: { id: PERSON } };
const base = { oaId: ACCOUNT, customerExternalId: PERSON, occurredAt: new Date(SENT) };

function onlyEvent(name: string, fields: object): ChannelEvent {
  const [event, ...others] = zaloChannel.translate({ event_name: name, ...fields });
  if (event === undefined || others.length > 0) throw new Error('Expected exactly one event');
  return event;
}

function received(message: object, name = 'user_send_text'): ChannelEvent {
  return onlyEvent(name, { ...fromPerson, message: { msg_id: 'm1', ...message } });
}

function other(type: string, fields: object, customer = PERSON): object {
  const dedupeKey: unknown = expect.stringMatching(new RegExp(`^other:${type}:${customer}:${SENT}:${DIGEST}$`));
  const payload = { event_name: type, ...fields };
  return { kind: 'other', type, oaId: ACCOUNT, occurredAt: new Date(SENT), dedupeKey, payload };
}

beforeEach(() => void jest.useFakeTimers({ now: NOW }));
afterEach(() => void jest.useRealTimers());

describe('a body of Zalo', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'user_send_text'],
    ['a number', 7],
    ['a list', [{ event_name: 'user_send_text', ...fromPerson }]],
    ['the empty probe', {}],
    ['without a name', { ...fromPerson, message: { msg_id: 'm1' } }],
    ['with a name that is no text', { event_name: 5, ...fromPerson }],
    ['without an account', { event_name: 'user_send_text', sender: { id: PERSON }, message: { msg_id: 'm1' } }],
    ['with an account that is an object', { event_name: 'follow', oa_id: {}, follower: { id: PERSON } }],
    ['with an account that lost digits', { event_name: 'follow', oa_id: 2 ** 60, follower: { id: PERSON } }],
    ['that claims a prototype', JSON.parse(`{"__proto__":{"event_name":"follow","oa_id":"1"}}`)],
  ])('gives nothing when it is %s', (_name, body) => {
    expect(zaloChannel.translate(body)).toEqual([]);
  });

  it('may have ids that are numbers', () => {
    const fields = { sender: { id: 41 }, recipient: { id: 42 }, message: { msg_id: 43 }, timestamp: SENT };
    expect(onlyEvent('user_send_text', fields)).toMatchObject({
      oaId: '42',
      customerExternalId: '41',
      providerMessageId: '43',
      occurredAt: new Date(SENT),
    });
  });

  it('keeps long ids digit by digit', () => {
    expect(received({ text: 'a' })).toMatchObject({ oaId: ACCOUNT, customerExternalId: PERSON });
  });
});

describe('the time of an event', () => {
  it.each<[string, unknown, number]>([
    ['milliseconds as text', String(SENT), SENT],
    ['milliseconds', SENT, SENT],
    ['now when it lies in the future', String(NOW + 60_001), NOW],
    ['now when missing', undefined, NOW],
    ['now when no number', 'yesterday', NOW],
  ])('is %s', (_name, timestamp, expected) => {
    const event = onlyEvent('user_send_text', { ...fromPerson, timestamp, message: { msg_id: 'm1' } });
    expect(event.occurredAt).toEqual(new Date(expected));
  });
});

describe('a message of a customer', () => {
  const expected = (fields: object) => ({
    ...{ kind: 'message.received', ...base, dedupeKey: 'message.received:m1', providerMessageId: 'm1' },
    ...{ text: null, attachments: [], metadata: {}, ...fields },
  });

  it.each<[string, object, object]>([
    ['its text', { text: 'Xin chào 👋' }, { text: 'Xin chào 👋' }],
    ['no text where it is empty', { text: '' }, {}],
    ['no text where it is an object', { text: {} }, {}],
    [
      'the message that it answers',
      { text: 'Vâng', quote_msg_id: 'm0' },
      { text: 'Vâng', metadata: { replyTo: 'm0' } },
    ],
    ['its anonymous conversation', { conversation_id: 'c1' }, { metadata: { anonymousConversation: 'c1' } }],
  ])('has %s', (_name, message, fields) => {
    expect(received(message)).toEqual(expected(fields));
  });

  it("has the person's id within the app", () => {
    const fields = { ...fromPerson, user_id_by_app: '55', message: { msg_id: 'm1' } };
    expect(onlyEvent('user_send_text', fields)).toEqual(expected({ metadata: { userIdByApp: '55' } }));
  });

  const url = 'https://zalo.example/1';
  it.each<[string, object, Attachment]>([
    [
      'image',
      { payload: { thumbnail: 'https://t', url } },
      { type: 'image', url, payload: { thumbnail: 'https://t' } },
    ],
    ['gif', { payload: { thumbnail: 'https://t', url } }, { type: 'gif', url, payload: { thumbnail: 'https://t' } }],
    ['sticker', { payload: { id: '81', url } }, { type: 'sticker', url, payload: { id: '81' } }],
    [
      'link',
      { payload: { url, description: 'Một trang' } },
      { type: 'link', url, payload: { description: 'Một trang' } },
    ],
    ['audio', { payload: { url } }, { type: 'audio', url }],
    ['video', { payload: { url, thumbnail: 't' } }, { type: 'video', url, payload: { thumbnail: 't' } }],
    [
      'file',
      { payload: { name: 'giá.pdf', size: '1024', type: 'pdf', checksum: 'c', url } },
      { type: 'file', url, title: 'giá.pdf', payload: { size: '1024', type: 'pdf', checksum: 'c' } },
    ],
    [
      'location',
      { payload: { coordinates: { latitude: '10.7', longitude: '106.6' } } },
      { type: 'location', url: null, payload: { coordinates: { latitude: '10.7', longitude: '106.6' } } },
    ],
    ['hologram', { payload: { url, depth: 3 } }, { type: 'hologram', url, payload: { depth: 3 } }],
    ['image', { payload: 'not an object' }, { type: 'image', url: null }],
  ])('has an attachment of type %s: %j', (type, attachment, shown) => {
    const event = received({ attachments: [{ type, ...attachment }] }, `user_send_${type}`);
    expect(event).toEqual(expected({ attachments: [shown] }));
  });

  it('has attachments of the kind that the event is named after, where they do not say it', () => {
    const event = received({ attachments: [{ payload: { url } }] }, 'user_send_business_card');
    expect(event).toEqual(expected({ attachments: [{ type: 'business_card', url }] }));
  });

  it.each([
    'text',
    'image',
    'link',
    'audio',
    'video',
    'sticker',
    'location',
    'file',
    'business_card',
    'gif',
    'novelty',
  ])('is one as user_send_%s', (type) => {
    expect(received({}, `user_send_${type}`)).toEqual(expected({}));
  });

  it('may come from a visitor without an account', () => {
    expect(received({ text: 'Hi' }, 'anonymous_send_text')).toEqual(expected({ text: 'Hi' }));
  });

  it('without an id is kept as it came', () => {
    const fields = { ...fromPerson, message: { text: 'Hi' } };
    expect(onlyEvent('user_send_text', fields)).toEqual(other('user_send_text', fields));
  });

  it('to a group is kept as it came', () => {
    const fields = { ...fromPerson, oa_id: ACCOUNT, recipient: { id: 'g1' }, message: { msg_id: 'm1' } };
    expect(onlyEvent('user_send_group_text', fields)).toEqual(other('user_send_group_text', fields));
  });
});

describe('an echo', () => {
  const echo = (message: object, sender: object = { id: ACCOUNT }, name = 'oa_send_text') =>
    onlyEvent(name, { ...fromAccount, sender, message: { msg_id: 'm1', ...message } });
  const expected = (fields: object) => ({
    ...{ kind: 'message.echoed', ...base, dedupeKey: 'message.echoed:m1', providerMessageId: 'm1' },
    ...{ text: null, attachments: [], metadata: {}, ownMessageId: null, ...fields },
  });

  it.each(['text', 'image', 'gif', 'list', 'file', 'sticker'])('is one as oa_send_%s', (type) => {
    expect(echo({ text: 'We are open' }, undefined, `oa_send_${type}`)).toEqual(expected({ text: 'We are open' }));
  });

  it('says who of the staff wrote it', () => {
    expect(echo({}, { id: ACCOUNT, admin_id: '31' })).toEqual(expected({ metadata: { adminId: '31' } }));
  });

  it('has its attachments', () => {
    const attachments = [{ type: 'image', payload: { url: 'u' } }];
    expect(echo({ attachments }, undefined, 'oa_send_image')).toEqual(
      expected({ attachments: [{ type: 'image', url: 'u' }] }),
    );
  });
});

describe('a receipt', () => {
  const otherReading = { oaId: PERSON, customerExternalId: ACCOUNT };
  const receipt = { ...base, until: new Date(0) };

  it('of delivery names its message', () => {
    expect(onlyEvent('user_received_message', { ...fromAccount, message: { msg_id: 'm1' } })).toEqual({
      ...{ kind: 'messages.delivered', ...receipt, dedupeKey: `messages.delivered:${SENT}:m1` },
      ...{ providerMessageIds: ['m1'], otherReading },
    });
  });

  it('of reading names one or several', () => {
    expect(onlyEvent('user_seen_message', { ...fromAccount, message: { msg_ids: ['m1', null, 7, {}, ''] } })).toEqual({
      ...{ kind: 'messages.read', ...receipt, dedupeKey: `messages.read:${SENT}:m1:7` },
      ...{ providerMessageIds: ['m1', '7'], otherReading },
    });
  });

  it('may have the account on the other side: both readings are said', () => {
    expect(onlyEvent('user_seen_message', { ...fromPerson, message: { msg_id: 'm1' } })).toMatchObject({
      ...{ oaId: PERSON, customerExternalId: ACCOUNT },
      otherReading: { oaId: ACCOUNT, customerExternalId: PERSON },
    });
  });

  it.each([
    ['sender', fromAccount],
    ['recipient', fromPerson],
  ])('has nothing to guess where the account is named, as its %s', (_side, sides) => {
    const event = onlyEvent('user_received_message', { ...sides, oa_id: ACCOUNT, message: { msg_id: 'm1' } });
    expect(event).toMatchObject(base);
    expect(event).not.toHaveProperty('otherReading');
  });

  it('that names nothing is kept as it came', () => {
    const fields = { ...fromAccount, message: {} };
    expect(onlyEvent('user_seen_message', fields)).toEqual(other('user_seen_message', fields));
  });

  it('that names many messages still has a short key', () => {
    const ids = Array.from({ length: 500 }, (_item, at) => `m_${at}`);
    expect(onlyEvent('user_seen_message', { ...fromAccount, message: { msg_ids: ids } }).dedupeKey).toMatch(
      new RegExp(`^messages.read:${DIGEST}$`),
    );
  });
});

describe('a reaction', () => {
  it.each<[string, string, string | null]>([
    ['a heart', '/-heart', '❤️'],
    ['a thumb', '/-strong', '👍'],
    ['an icon that we do not know', '/-rose', '/-rose'],
    ['nothing, when taken back', '', null],
    ['nothing, when taken back by its name', '/-remove', null],
  ])('has %s', (_name, icon, emoji) => {
    const message = { msg_id: 'm1', react_icon: icon };
    expect(onlyEvent('user_reacted_message', { ...fromPerson, message })).toEqual({
      ...{ kind: 'message.reacted', ...base, dedupeKey: `message.reacted:m1:${PERSON}:${icon}:${SENT}` },
      ...{ providerMessageId: 'm1', reactorId: PERSON, emoji },
    });
  });

  it('of the account has the account as its reactor', () => {
    const message = { msg_id: 'm1', react_icon: '/-heart' };
    expect(onlyEvent('oa_reacted_message', { ...fromAccount, message })).toMatchObject({ ...base, reactorId: ACCOUNT });
  });

  it('without an icon is kept as it came', () => {
    const fields = { ...fromPerson, message: { msg_id: 'm1' } };
    expect(onlyEvent('user_reacted_message', fields)).toEqual(other('user_reacted_message', fields));
  });
});

describe('what a person decides about the account', () => {
  const flat = { oa_id: ACCOUNT, app_id: '77', timestamp: String(SENT) };
  const forms: [string, object][] = [
    ['a follower', { ...flat, follower: { id: PERSON } }],
    ['a user', { ...flat, user_id: PERSON }],
    ['two sides', fromPerson],
    ['two sides and an account', { ...flat, ...fromPerson }],
  ];
  const kinds: [string, string][] = [
    ['follow', 'customer.subscribed'],
    ['unfollow', 'customer.unsubscribed'],
    ['user_withdraw', 'customer.withdrew'],
  ];

  it.each(kinds.flatMap(([name, kind]) => forms.map(([form, fields]) => ({ name, kind, form, fields }))))(
    '$name is $kind, in the form of $form',
    ({ name, kind, fields }) => {
      expect(onlyEvent(name, fields)).toEqual({ kind, ...base, dedupeKey: `${kind}:${PERSON}:${SENT}` });
    },
  );

  it('has the same key at every delivery, also without a time', () => {
    const fields = { oa_id: ACCOUNT, follower: { id: PERSON } };
    const first = onlyEvent('follow', fields);
    jest.setSystemTime(NOW + 3_600_000);
    expect(onlyEvent('follow', fields).dedupeKey).toBe(first.dedupeKey);
  });

  it('without a person is kept as it came', () => {
    expect(onlyEvent('follow', flat)).toEqual(other('follow', flat, ''));
  });
});

describe('everything else', () => {
  it.each<[string, object, string]>([
    ['user_click_chatnow', { oa_id: ACCOUNT, user_id: PERSON, timestamp: String(SENT) }, PERSON],
    ['user_submit_info', { ...fromPerson, info: { name: 'Lan', phone: '84901' } }, PERSON],
    ['add_user_to_tag', { oa_id: ACCOUNT, tag: { user_ids: [PERSON], name: 'vip' }, timestamp: String(SENT) }, ''],
    ['remove_user_from_tag', { oa_id: ACCOUNT, tag: { user_ids: [PERSON] }, timestamp: String(SENT) }, ''],
    ['shop_has_order', { oa_id: ACCOUNT, order: { id: '5' }, timestamp: String(SENT) }, ''],
  ])('is kept as it came: %s', (name, fields, customer) => {
    expect(onlyEvent(name, fields)).toEqual(other(name, fields, customer));
  });
});

describe('the address', () => {
  it('answers whoever looks whether somebody is there', () => {
    const app = {
      apiUrl: '',
      oauthUrl: '',
      appId: '',
      appSecret: '',
      webhookSecret: '',
      verifyToken: '',
      signatures: [],
    };
    expect(zaloChannel.answerHandshake({}, app)).toBe('Polydesk');
  });
});
