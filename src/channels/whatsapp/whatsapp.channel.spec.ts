import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ChannelEvent } from '../channel-events.js';
import { whatsappChannel } from './whatsapp.channel.js';

const NOW = Date.UTC(2026, 0, 15, 12);
const SENT = NOW - 5_000;
const SECONDS = String(SENT / 1_000);
const ACCOUNT = '880011223344';
const NUMBER = '770011223344';
const PERSON = '84901234567';
const USER_ID = 'VN.1200034000560007';
const DIGEST = '[\\w-]{43}';

const metadata = { display_phone_number: '842812345678', phone_number_id: NUMBER };
const contact = { profile: { name: 'Lan' }, wa_id: PERSON };
const profile = { displayName: 'Lan', phone: `+${PERSON}` };
const base = { oaId: NUMBER, customerExternalId: PERSON, occurredAt: new Date(SENT), profile };

function translate(field: string, value: object, entry: object = {}): ChannelEvent[] {
  const change = { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
  const entries = [{ id: ACCOUNT, changes: [change], ...entry }];
  return whatsappChannel.translate({ object: 'whatsapp_business_account', entry: entries });
}

function only(events: ChannelEvent[]): ChannelEvent {
  const [event, ...others] = events;
  if (event === undefined || others.length > 0) throw new Error(`Expected one event, not ${events.length}`);
  return event;
}

function fromMessage(item: object, contacts: object[] = [contact]): ChannelEvent {
  return only(
    translate('messages', { contacts, messages: [{ from: PERSON, id: 'wamid.1', timestamp: SECONDS, ...item }] }),
  );
}

function fromStatus(item: object, value: object = {}): ChannelEvent {
  const status = { id: 'wamid.9', timestamp: SECONDS, recipient_id: PERSON, ...item };
  return only(translate('messages', { ...value, statuses: [status] }));
}

function received(fields: object): object {
  const ids = { dedupeKey: 'message.received:wamid.1', providerMessageId: 'wamid.1' };
  return { kind: 'message.received', ...base, ...ids, text: null, attachments: [], metadata: {}, ...fields };
}

beforeEach(() => void jest.useFakeTimers({ now: NOW }));
afterEach(() => void jest.useRealTimers());

describe('a body of WhatsApp', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a list', []],
    ['of another object', { object: 'page', entry: [{ id: ACCOUNT, changes: [{ field: 'messages', value: {} }] }] }],
    ['without entries', { object: 'whatsapp_business_account' }],
    [
      'with changes that are none',
      { object: 'whatsapp_business_account', entry: [{ id: ACCOUNT, changes: [null, 1] }] },
    ],
    [
      'of nobody’s account and number',
      {
        object: 'whatsapp_business_account',
        entry: [{ changes: [{ field: 'messages', value: { messages: [{ id: 'a', from: '1', type: 'text' }] } }] }],
      },
    ],
    ['that claims a prototype', JSON.parse('{"__proto__":{"object":"whatsapp_business_account","entry":[]}}')],
  ])('gives nothing when it is %s', (_name, body) => {
    expect(whatsappChannel.translate(body)).toEqual([]);
  });

  it('gives the events of all accounts and numbers in their order', () => {
    const change = (number: string, ...ids: string[]) => ({
      field: 'messages',
      value: {
        metadata: { phone_number_id: number },
        messages: ids.map((id) => ({ id, from: PERSON, timestamp: SECONDS, type: 'text', text: { body: id } })),
      },
    });
    const entry = [
      { id: 'A', changes: [change('1', 'a', 'b'), change('2', 'c')] },
      { id: 'B', changes: [change('3', 'd')] },
    ];
    const events = whatsappChannel.translate({ object: 'whatsapp_business_account', entry });
    expect(events.map(({ oaId, dedupeKey }) => [oaId, dedupeKey])).toEqual([
      ['1', 'message.received:a'],
      ['1', 'message.received:b'],
      ['2', 'message.received:c'],
      ['3', 'message.received:d'],
    ]);
  });

  it.each<[string, object]>([
    ['a message without an id', { messages: [{ from: PERSON, type: 'text', text: { body: 'Hi' } }] }],
    ['a message of nobody', { messages: [{ id: 'wamid.1', type: 'text', text: { body: 'Hi' } }] }],
    ['an error of the number', { errors: [{ code: 130429, title: 'Rate limit hit' }] }],
    ['a status without an id', { statuses: [{ status: 'read', recipient_id: PERSON }] }],
    ['a status that is new to us', { statuses: [{ id: 'w', status: 'warning', recipient_id: PERSON }] }],
    ['an edit of nothing', { messages: [{ id: 'w', from: PERSON, type: 'edit', edit: {} }] }],
    ['a reaction to nothing', { messages: [{ id: 'w', from: PERSON, type: 'reaction', reaction: { emoji: '👍' } }] }],
    [
      'a change of number',
      {
        messages: [
          { id: 'w', from: PERSON, type: 'system', system: { type: 'user_changed_number', wa_id: '84909999999' } },
        ],
      },
    ],
  ])('keeps %s as it came', (_name, value) => {
    const [item] = Object.values(value).flat() as object[];
    expect(only(translate('messages', value))).toMatchObject({ kind: 'other', oaId: NUMBER, payload: item });
  });

  it('keeps messages of an unnamed number under the account', () => {
    const event = only(translate('messages', { metadata: {}, messages: [{ id: 'w', from: PERSON, type: 'text' }] }));
    expect(event).toMatchObject({ kind: 'other', type: 'text', oaId: ACCOUNT });
  });

  it('keeps changes that are new to us, under the account where they name no number', () => {
    const value = { event: 'APPROVED', message_template_name: 'hello', metadata: undefined };
    expect(only(translate('message_template_status_update', value, { time: SECONDS }))).toEqual({
      kind: 'other',
      type: 'message_template_status_update',
      oaId: ACCOUNT,
      occurredAt: new Date(SENT),
      dedupeKey: expect.stringMatching(new RegExp(`^other:message_template_status_update:${SENT}:${DIGEST}$`)),
      payload: { messaging_product: 'whatsapp', metadata: null, event: 'APPROVED', message_template_name: 'hello' },
      isOfAccount: true,
    });
  });

  it('holds no characters that the database refuses', () => {
    expect(fromMessage({ type: 'text', text: { body: 'a\u0000b\ud800' } })).toMatchObject({ text: 'ab\ufffd' });
  });

  it('does not lie ahead of us', () => {
    const timestamp = String(NOW / 1_000 + 3_600);
    expect(fromMessage({ timestamp, type: 'text', text: { body: 'Hi' } }).occurredAt).toEqual(new Date(NOW));
  });
});

describe('a message of a customer', () => {
  const media = { id: '5500', mime_type: 'image/jpeg', sha256: 'abc=' };

  it.each<[string, object, object]>([
    ['text', { type: 'text', text: { body: 'Xin chào' } }, { text: 'Xin chào' }],
    [
      'image',
      { type: 'image', image: { ...media, caption: 'Look' } },
      { text: 'Look', attachments: [{ type: 'image', url: null, payload: media }] },
    ],
    [
      'image that has an address',
      { type: 'image', image: { ...media, url: 'https://lookaside.example/5500' } },
      { attachments: [{ type: 'image', url: 'https://lookaside.example/5500', payload: media }] },
    ],
    ['video', { type: 'video', video: media }, { attachments: [{ type: 'video', url: null, payload: media }] }],
    [
      'voice message',
      { type: 'audio', audio: { ...media, voice: true } },
      { attachments: [{ type: 'audio', url: null, payload: { ...media, voice: true } }] },
    ],
    [
      'document',
      { type: 'document', document: { ...media, filename: 'Hồ sơ.pdf' } },
      { attachments: [{ type: 'file', url: null, title: 'Hồ sơ.pdf', payload: media }] },
    ],
    [
      'sticker',
      { type: 'sticker', sticker: { ...media, animated: false } },
      { attachments: [{ type: 'sticker', url: null, payload: { ...media, animated: false } }] },
    ],
    [
      'location',
      {
        type: 'location',
        location: { latitude: 10.77, longitude: 106.7, name: 'Chợ', address: '1 A', url: 'https://m.example' },
      },
      {
        attachments: [
          {
            type: 'location',
            url: 'https://m.example',
            title: 'Chợ',
            payload: { latitude: 10.77, longitude: 106.7, address: '1 A' },
          },
        ],
      },
    ],
    [
      'contacts',
      { type: 'contacts', contacts: [{ name: { formatted_name: 'An' }, phones: [{ phone: '+84' }] }, { phones: [] }] },
      {
        attachments: [
          {
            type: 'contact',
            url: null,
            title: 'An',
            payload: { name: { formatted_name: 'An' }, phones: [{ phone: '+84' }] },
          },
          { type: 'contact', url: null, payload: { phones: [] } },
        ],
      },
    ],
    [
      'pressed button',
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'YES', title: 'Yes' } } },
      {
        text: 'Yes',
        metadata: {
          quickReply: 'YES',
          interactive: { type: 'button_reply', button_reply: { id: 'YES', title: 'Yes' } },
        },
      },
    ],
    [
      'chosen row',
      {
        type: 'interactive',
        interactive: { type: 'list_reply', list_reply: { id: 'R', title: 'Red', description: 'Dark' } },
      },
      {
        text: 'Red',
        metadata: {
          quickReply: 'R',
          interactive: { type: 'list_reply', list_reply: { id: 'R', title: 'Red', description: 'Dark' } },
        },
      },
    ],
    [
      'filled form',
      {
        type: 'interactive',
        interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } },
      },
      {
        text: 'Sent',
        metadata: {
          interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } },
        },
      },
    ],
    [
      'button of a template',
      { type: 'button', button: { text: 'Stop', payload: 'STOP' } },
      { text: 'Stop', metadata: { quickReply: 'STOP' } },
    ],
    [
      'order',
      { type: 'order', order: { catalog_id: '1', text: 'Please', product_items: [{ quantity: 2 }] } },
      {
        text: 'Please',
        attachments: [
          { type: 'order', url: null, payload: { catalog_id: '1', text: 'Please', product_items: [{ quantity: 2 }] } },
        ],
      },
    ],
    [
      'type that is new to us',
      { type: 'poll', poll: { name: '?' } },
      { attachments: [{ type: 'poll', url: null, payload: { name: '?' } }] },
    ],
    [
      'type that is not handed over',
      { type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown' }] },
      {
        metadata: {
          unsupported: expect.stringMatching(/^The customer sent something that WhatsApp does not hand over/),
          errors: [{ code: 131051, title: 'Message type unknown' }],
        },
      },
    ],
    ['type named like a method', { type: 'constructor' }, { metadata: { unsupported: expect.any(String) } }],
    [
      'answer',
      { type: 'text', text: { body: 'Hi' }, context: { id: 'wamid.0', from: '842812345678' } },
      { text: 'Hi', metadata: { replyTo: 'wamid.0' } },
    ],
    [
      'forwarded message',
      { type: 'text', text: { body: 'Hi' }, context: { frequently_forwarded: true } },
      { text: 'Hi', metadata: { forwarded: true } },
    ],
    [
      'question about a product',
      { type: 'text', text: { body: 'Hi' }, context: { referred_product: { catalog_id: '7' } } },
      { text: 'Hi', metadata: { referredProduct: { catalog_id: '7' } } },
    ],
    [
      'answer to an ad, in a group',
      { type: 'text', text: { body: 'Hi' }, referral: { source_id: '9' }, group_id: 'G' },
      { text: 'Hi', metadata: { referral: { source_id: '9' }, groupId: 'G' } },
    ],
  ])('may be a(n) %s', (_name, item, fields) => {
    expect(fromMessage(item)).toEqual(received(fields));
  });

  it('may be a reaction to another', () => {
    expect(fromMessage({ type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '👍' } })).toEqual({
      ...{ kind: 'message.reacted', ...base, dedupeKey: 'message.reacted:wamid.1' },
      ...{ providerMessageId: 'wamid.0', reactorId: PERSON, emoji: '👍' },
    });
  });

  it.each([[{ emoji: '' }], [{}]])('may take a reaction back (%p)', (reaction) => {
    const event = fromMessage({ type: 'reaction', reaction: { message_id: 'wamid.0', ...reaction } });
    expect(event).toMatchObject({ kind: 'message.reacted', providerMessageId: 'wamid.0', emoji: null });
  });

  it.each<[string, object]>([
    ['text', { type: 'text', text: { body: 'New' } }],
    ['caption', { type: 'image', image: { id: '5500', caption: 'New' } }],
  ])('may change the %s of another', (_name, message) => {
    expect(fromMessage({ type: 'edit', edit: { original_message_id: 'wamid.0', message } })).toEqual({
      ...{ kind: 'message.edited', ...base, dedupeKey: 'message.edited:wamid.1' },
      ...{ providerMessageId: 'wamid.0', text: 'New', revision: SENT / 1_000 },
    });
  });

  it('may take another back', () => {
    expect(fromMessage({ type: 'revoke', revoke: { original_message_id: 'wamid.0' } })).toEqual({
      ...{ kind: 'message.deleted', ...base, dedupeKey: 'message.deleted:wamid.1' },
      providerMessageId: 'wamid.0',
    });
  });
});

describe('the person behind a message', () => {
  const text = { type: 'text', text: { body: 'Hi' } };

  it('is known by their number first, and by their other id too', () => {
    const both = { profile: { name: 'Lan' }, wa_id: PERSON, user_id: USER_ID };
    expect(fromMessage({ ...text, from_user_id: USER_ID }, [both])).toMatchObject({
      customerExternalId: PERSON,
      profile: { ...profile, otherIds: [USER_ID] },
    });
  });

  it('is known by their other id where the number is hidden', () => {
    const hidden = { profile: { username: '@lan' }, user_id: USER_ID };
    expect(fromMessage({ ...text, from: undefined, from_user_id: USER_ID }, [hidden])).toMatchObject({
      customerExternalId: USER_ID,
      profile: { displayName: '@lan' },
    });
  });

  it('is known by the only contact where the message names nobody', () => {
    expect(fromMessage({ ...text, from: undefined })).toMatchObject({ customerExternalId: PERSON, profile });
  });

  it('may have a number that is written in two ways', () => {
    const contacts = [{ profile: { name: 'Ana' }, wa_id: '5215512345678' }];
    expect(fromMessage({ ...text, from: '525512345678' }, contacts)).toMatchObject({
      customerExternalId: '525512345678',
      profile: { displayName: 'Ana', phone: '+525512345678', otherIds: ['5215512345678'] },
    });
  });

  it('is told apart from others of the same delivery', () => {
    const people = [contact, { profile: { name: 'An' }, wa_id: '84900000000' }];
    const messages = [PERSON, '84900000000'].map((from) => ({ ...text, from, id: from, timestamp: SECONDS }));
    const events = translate('messages', { contacts: people, messages });
    expect(events).toMatchObject([{ profile: { displayName: 'Lan' } }, { profile: { displayName: 'An' } }]);
  });
});

describe('what became of our message', () => {
  const about = { ...base, profile: { phone: `+${PERSON}` } };
  const OWN = '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e';

  it.each([
    ['delivered', 'messages.delivered'],
    ['read', 'messages.read'],
    ['played', 'messages.read'],
  ])('is that it was %s', (status, kind) => {
    expect(fromStatus({ status })).toEqual({
      ...{ kind, ...about, dedupeKey: `${kind}:wamid.9:${status}` },
      ...{ until: new Date(0), providerMessageIds: ['wamid.9'] },
    });
  });

  it('is that it was sent, and which one it was', () => {
    expect(fromStatus({ status: 'sent', biz_opaque_callback_data: OWN.toUpperCase() })).toEqual({
      ...{ kind: 'message.echoed', ...about, dedupeKey: 'message.echoed:wamid.9', providerMessageId: 'wamid.9' },
      ...{ text: null, attachments: [], metadata: {}, ownMessageId: OWN },
    });
  });

  it.each([[undefined], ['something of another app']])(
    'is nothing new where it is not known to be ours (%p)',
    (data) => {
      const event = fromStatus({ status: 'sent', biz_opaque_callback_data: data });
      expect(event).toMatchObject({ kind: 'other', type: 'status sent' });
    },
  );

  it('is that it failed, and why', () => {
    const errors = [{ code: 131047, title: 'Re-engagement message', error_data: { details: 'More than 24 hours' } }];
    expect(fromStatus({ status: 'failed', errors })).toEqual({
      ...{ kind: 'message.failed', ...about, dedupeKey: 'message.failed:wamid.9', providerMessageId: 'wamid.9' },
      failure: { kind: 'message', code: '131047', message: expect.stringMatching(/only an approved template/) },
    });
  });

  it('is that it failed, also where nobody says why', () => {
    const failure = { kind: 'message', code: 'unknown', message: 'WhatsApp did not deliver this.' };
    expect(fromStatus({ status: 'failed' })).toMatchObject({ kind: 'message.failed', failure });
  });

  it('is that it was deleted', () => {
    expect(fromStatus({ status: 'deleted' })).toMatchObject({ kind: 'message.deleted', providerMessageId: 'wamid.9' });
  });

  it('concerns a person who may be known by another id alone', () => {
    const event = fromStatus({ status: 'read', recipient_id: undefined, recipient_user_id: USER_ID });
    expect(event).toMatchObject({ customerExternalId: USER_ID });
  });
});

describe('what the business wrote in its own app', () => {
  const echo = { id: 'wamid.1', from: '842812345678', to: PERSON, to_user_id: USER_ID, timestamp: SECONDS };

  it('is an echo to the customer', () => {
    const message_echoes = [{ ...echo, type: 'text', text: { body: 'Chào chị' } }];
    expect(only(translate('smb_message_echoes', { contacts: [contact], message_echoes }))).toEqual({
      ...{ kind: 'message.echoed', ...base, profile: { ...profile, otherIds: [USER_ID] } },
      ...{ dedupeKey: 'message.echoed:wamid.1', providerMessageId: 'wamid.1' },
      ...{ text: 'Chào chị', attachments: [], metadata: {}, ownMessageId: null },
    });
  });

  it.each(['revoke', 'edit', 'reaction'])('is kept as it came where it is a(n) %s', (type) => {
    const event = only(translate('smb_message_echoes', { message_echoes: [{ ...echo, type }] }));
    expect(event).toMatchObject({ kind: 'other', type: 'smb_message_echoes', oaId: NUMBER });
  });
});

describe('what happens to an account', () => {
  const about = (value: object): ChannelEvent =>
    only(
      translate('account_update', { metadata: undefined, messaging_product: undefined, ...value }, { time: SECONDS }),
    );

  it.each<[string, object, string, RegExp]>([
    ['taken away', { event: 'PARTNER_REMOVED' }, 'account.removed', /connect it again/],
    ['our app removed', { event: 'PARTNER_APP_UNINSTALLED' }, 'account.removed', /connect it again/],
    ['deleted', { event: 'ACCOUNT_DELETED' }, 'account.removed', /was deleted/],
    ['restricted', { event: 'ACCOUNT_RESTRICTION', restriction_info: [] }, 'account.restricted', /restricted/],
    [
      'disabled',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE' } },
      'account.restricted',
      /disabled/,
    ],
    ['disabled, without details', { event: 'DISABLED_UPDATE' }, 'account.restricted', /disabled/],
    [
      'about to be disabled',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'SCHEDULE_FOR_DISABLE' } },
      'account.restricted',
      /is going to disable/,
    ],
    ['given back', { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE' } }, 'account.restored', /gave/],
  ])('is told when it is %s', (_name, value, kind, reason) => {
    expect(about(value)).toEqual({
      ...{ kind, oaId: ACCOUNT, occurredAt: new Date(SENT) },
      dedupeKey: expect.stringMatching(new RegExp(`^${kind}:${SENT}:${DIGEST}$`)),
      reason: expect.stringMatching(reason),
    });
  });

  it.each([['VERIFIED_ACCOUNT'], ['toString'], [undefined]])(
    'is kept as it came where it changes nothing (%p)',
    (event) => {
      expect(about({ event })).toMatchObject({ kind: 'other', type: 'account_update', oaId: ACCOUNT });
    },
  );
});

describe('what a customer wants to hear', () => {
  const preference = { wa_id: PERSON, category: 'marketing_messages', timestamp: SECONDS };
  const about = (fields: object): ChannelEvent =>
    only(translate('user_preferences', { contacts: [contact], user_preferences: [{ ...preference, ...fields }] }));

  it.each([
    ['stop', 'customer.unsubscribed'],
    ['resume', 'customer.subscribed'],
  ])('is told: %s', (value, kind) => {
    expect(about({ value })).toEqual({ kind, ...base, dedupeKey: `${kind}:${PERSON}:${SENT}` });
  });

  it('is kept as it came where it is new to us', () => {
    expect(about({ value: 'pause' })).toMatchObject({ kind: 'other', type: 'user_preferences', oaId: NUMBER });
  });
});
