import { describe, expect, it } from '@jest/globals';
import { ScriptedHttp } from '../../../test/support/scripted-http.js';
import { NoAnswerError } from '../provider.js';
import type { JsonObject } from '../json.js';
import type { OutgoingMessage, QuickReply } from '../outgoing.js';
import type { PageAccess, ProviderApp } from '../provider.js';
import { whatsappChannel } from './whatsapp.channel.js';
import { numbersOf } from './whatsapp.connecting.js';

const NOW = new Date('2026-01-15T12:00:00Z');
const HOUR = 3_600_000;
const PERSON = '84901234567';
const page: PageAccess = { oaId: '770011', accessToken: 'a token', businessId: '880011' };
const app: ProviderApp = {
  apiUrl: 'https://graph.example/v25.0',
  oauthUrl: '',
  appId: '',
  appSecret: 'a secret',
  webhookSecret: '',
  verifyToken: '',
  signatures: [],
};
const bare: OutgoingMessage = {
  id: '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e',
  customerExternalId: PERSON,
  text: null,
  attachments: [],
  quickReplies: [],
  template: null,
  tag: null,
  replyTo: null,
};
const image = { type: 'image' as const, url: 'https://example.com/a.png' };
const audio = { type: 'audio' as const, url: 'https://example.com/a.ogg' };
const file = { type: 'file' as const, url: 'https://example.com/b.pdf', title: 'Giá.pdf' };
const template = { name: 'order_ready', language: 'vi', components: [{ type: 'body', parameters: [] }] };

const choices = (count: number, title = 'Choice'): QuickReply[] =>
  Array.from({ length: count }, (_, place) => ({ title, payload: `P${place}` }));

async function sent(part: Partial<OutgoingMessage>): Promise<ScriptedHttp> {
  const http = new ScriptedHttp().answer({ contacts: [{ input: PERSON }], messages: [{ id: 'wamid.1' }] });
  await expect(whatsappChannel.send({ ...bare, ...part }, page, app, http)).resolves.toBe('wamid.1');
  return http;
}

describe('a message for WhatsApp', () => {
  const contentsOf = (message: Partial<OutgoingMessage>) =>
    whatsappChannel
      .parts({ ...bare, ...message })
      .map(({ text, attachments, quickReplies, replyTo, template: used }) => ({
        ...(text !== null && { text }),
        ...(attachments.length > 0 && { urls: attachments.map(({ url }) => url) }),
        ...(quickReplies.length > 0 && { buttons: quickReplies.length }),
        ...(replyTo !== null && { replyTo }),
        ...(used !== null && { template: used.name }),
      }));

  it.each<[string, Partial<OutgoingMessage>, object[]]>([
    ['a text', { text: 'Hi' }, [{ text: 'Hi' }]],
    ['a template', { template, replyTo: 'w' }, [{ template: 'order_ready', replyTo: 'w' }]],
    [
      'files, the first with the text as its caption',
      { text: 'Hi', attachments: [image, file] },
      [{ urls: [image.url], text: 'Hi' }, { urls: [file.url] }],
    ],
    [
      'a voice message, which has no caption',
      { text: 'Hi', attachments: [audio] },
      [{ urls: [audio.url] }, { text: 'Hi' }],
    ],
    [
      'a file, then a text too long for a caption',
      { text: 'x'.repeat(1025), attachments: [image] },
      [{ urls: [image.url] }, { text: 'x'.repeat(1025) }],
    ],
    [
      'a file, then a text with buttons',
      { text: 'Hi', attachments: [image], quickReplies: choices(2), replyTo: 'w' },
      [
        { urls: [image.url], replyTo: 'w' },
        { text: 'Hi', buttons: 2 },
      ],
    ],
  ])('is sent as %s', (_name, message, parts) => {
    expect(contentsOf(message)).toEqual(parts);
  });

  it('is cut at 4,096 characters, and above buttons at 1,024', () => {
    const text = 'x'.repeat(6_000);
    const lengthsOf = (quickReplies: QuickReply[]) =>
      whatsappChannel
        .parts({ ...bare, text, quickReplies })
        .map((part) => [part.text?.length, part.quickReplies.length]);
    expect(lengthsOf([])).toEqual([
      [4_096, 0],
      [1_904, 0],
    ]);
    expect(lengthsOf(choices(1))).toEqual([
      [4_096, 0],
      [1_024, 0],
      [880, 1],
    ]);
  });
});

describe('a part of a message for WhatsApp', () => {
  it('is one request, with our id for the statuses to hand back', async () => {
    const { request } = await sent({ text: 'Xin chào' });
    expect(request).toEqual({
      method: 'POST',
      url: 'https://graph.example/v25.0/770011/messages',
      headers: { authorization: 'Bearer a token' },
      json: {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: PERSON,
        type: 'text',
        text: { body: 'Xin chào', preview_url: true },
        biz_opaque_callback_data: bare.id,
      },
    });
  });

  const row = { id: 'P0', title: 'A choice of words that …', description: 'A choice of words that is long' };
  it.each<[string, Partial<OutgoingMessage>, JsonObject]>([
    [
      'a template',
      { template },
      {
        type: 'template',
        template: { name: 'order_ready', language: { code: 'vi' }, components: template.components },
      },
    ],
    [
      'an image with its caption',
      { attachments: [image], text: 'Hi' },
      { type: 'image', image: { link: image.url, caption: 'Hi' } },
    ],
    ['a voice message', { attachments: [audio] }, { type: 'audio', audio: { link: audio.url } }],
    [
      'a document with its name',
      { attachments: [file] },
      { type: 'document', document: { link: file.url, filename: 'Giá.pdf' } },
    ],
    ['what it answers', { text: 'Hi', replyTo: 'wamid.0' }, { context: { message_id: 'wamid.0' } }],
    [
      'three buttons',
      { text: '?', quickReplies: choices(3) },
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: '?' },
          action: {
            buttons: [0, 1, 2].map((place) => ({ type: 'reply', reply: { id: `P${place}`, title: 'Choice' } })),
          },
        },
      },
    ],
    [
      'a list of four',
      { text: '?', quickReplies: choices(4) },
      {
        interactive: {
          type: 'list',
          body: { text: '?' },
          action: {
            button: 'Choose',
            sections: [{ rows: [0, 1, 2, 3].map((place) => ({ id: `P${place}`, title: 'Choice' })) }],
          },
        },
      },
    ],
    [
      'a list where a title is too long for a button, and shows it whole',
      { text: '?', quickReplies: choices(1, row.description) },
      { interactive: { type: 'list', action: { sections: [{ rows: [row] }] } } },
    ],
  ])('has %s', async (_name, part, json) => {
    expect((await sent(part)).request.json).toMatchObject(json);
  });

  it('goes to a person without a visible number by their id', async () => {
    const { request } = await sent({ text: 'Hi', customerExternalId: 'VN.1200034' });
    expect(request.json).toMatchObject({ recipient: 'VN.1200034' });
    expect(request.json).not.toHaveProperty('to');
  });

  it('is refused with the reason', async () => {
    const http = new ScriptedHttp().answer({ error: { code: 131056 } }, 400);
    const sending = whatsappChannel.send({ ...bare, text: 'Hi' }, page, app, http);
    await expect(sending).rejects.toMatchObject({ failure: { kind: 'throttled', isRecipientOnly: true } });
  });

  it('may have been sent where the answer names no message', async () => {
    const sending = whatsappChannel.send({ ...bare, text: 'Hi' }, page, app, new ScriptedHttp());
    await expect(sending).rejects.toBeInstanceOf(NoAnswerError);
  });
});

describe('before a message is sent, WhatsApp', () => {
  const refusal = (message: Partial<OutgoingMessage>, hoursAgo: number | null) =>
    whatsappChannel.refusal(
      { ...bare, ...message },
      hoursAgo === null ? null : new Date(NOW.getTime() - hoursAgo * HOUR),
      NOW,
    );

  it.each<[string, Partial<OutgoingMessage>, number | null]>([
    ['anything within 24 hours', { text: 'Hi' }, 24],
    ['a template at any time', { template }, 500],
    ['a template as the first word', { template }, null],
    ['ten choices', { text: '?', quickReplies: choices(10) }, 1],
  ])('allows %s', (_name, message, hoursAgo) => {
    expect(refusal(message, hoursAgo)).toBeNull();
  });

  it.each<[string, Partial<OutgoingMessage>, number | null, string, RegExp]>([
    ['a text after 24 hours', { text: 'Hi' }, 24.01, 'window_closed', /only an approved template/],
    ['a text as the first word', { text: 'Hi' }, null, 'window_closed', /only an approved template/],
    ['a text beside a template after 24 hours', { text: 'Hi', template }, 25, 'window_closed', /template/],
    ['tags', { text: 'Hi', tag: 'HUMAN_AGENT' }, 1, 'tag_unsupported', /no message tags/],
    ['eleven choices', { text: '?', quickReplies: choices(11) }, 1, 'too_many_quick_replies', /at most 10/],
    ['choices below nothing', { attachments: [image], quickReplies: choices(1) }, 1, 'text_missing', /below a text/],
    ['an endless choice', { text: '?', quickReplies: choices(1, 'x'.repeat(73)) }, 1, 'invalid_quick_reply', /72/],
    [
      'an endless payload',
      { text: '?', quickReplies: [{ title: 'A', payload: 'x'.repeat(201) }] },
      1,
      'invalid_quick_reply',
      /200/,
    ],
  ])('refuses %s', (_name, message, hoursAgo, code, sentence) => {
    const failure = { kind: 'message', code, message: expect.stringMatching(sentence) };
    expect(refusal(message, hoursAgo)).toEqual(failure);
  });
});

describe('a number of WhatsApp', () => {
  const newest = { customerExternalId: PERSON, providerMessageId: 'wamid.0' };
  const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.0' };

  it.each<['typing' | 'read', object]>([
    ['read', read],
    ['typing', { ...read, typing_indicator: { type: 'text' } }],
  ])('shows a customer %s by their newest message', async (signal, json) => {
    const http = new ScriptedHttp();
    await whatsappChannel.signal(signal, newest, page, app, http);
    expect(http.request.json).toEqual(json);
  });

  it('shows nothing to who has not written', async () => {
    const http = new ScriptedHttp();
    await whatsappChannel.signal('typing', { ...newest, providerMessageId: null }, page, app, http);
    expect(http.requests).toEqual([]);
  });

  it('is subscribed with its account, and let go', async () => {
    const http = new ScriptedHttp();
    await whatsappChannel.subscribe(page, app, http);
    await whatsappChannel.unsubscribe(page, app, http);
    const url = 'https://graph.example/v25.0/880011/subscribed_apps';
    expect(http.requests).toMatchObject([
      { method: 'POST', url },
      { method: 'DELETE', url },
    ]);
  });

  it('is left alone where its account is not known', async () => {
    const http = new ScriptedHttp();
    await whatsappChannel.subscribe({ ...page, businessId: null }, app, http);
    expect(http.requests).toEqual([]);
  });

  it('has files behind their ids, which open with its token', async () => {
    const http = new ScriptedHttp().answer({ url: 'https://lookaside.example/1', mime_type: 'image/png' });
    const attachment = { type: 'image', url: null, payload: { id: '5500', mime_type: 'image/png' } };
    await expect(whatsappChannel.media(attachment, page, app, http)).resolves.toEqual({
      url: 'https://lookaside.example/1',
      headers: { authorization: 'Bearer a token' },
    });
    expect(http.request.url).toBe('https://graph.example/v25.0/5500?phone_number_id=770011');
  });

  it.each([
    ['a location', { type: 'location', url: 'https://maps.example', payload: { latitude: 1 } }],
    ['an order', { type: 'order', url: null, payload: { catalog_id: '1' } }],
    ['a contact', { type: 'contact', url: null, payload: { name: {} } }],
  ])('has no file behind %s', async (_name, attachment) => {
    const http = new ScriptedHttp();
    await expect(whatsappChannel.media(attachment, page, app, http)).resolves.toBeNull();
    expect(http.requests).toEqual([]);
  });

  it('is listed with the others of its account', async () => {
    const http = new ScriptedHttp().answer({
      data: [
        { id: '1', display_phone_number: '+84 28 1', verified_name: 'Chợ Lớn', status: 'CONNECTED' },
        { id: '2', display_phone_number: '+84 28 2', status: 'BANNED' },
        { display_phone_number: '+84 28 3' },
      ],
    });
    const account = { accessToken: 'a token', businessId: '880011' };
    await expect(numbersOf(account, app, http)).resolves.toEqual([
      { oaId: '1', ...account, name: 'Chợ Lớn, +84 28 1', avatarUrl: null, canMessage: true },
      { oaId: '2', ...account, name: '+84 28 2', avatarUrl: null, canMessage: false },
    ]);
  });
});
