import { describe, expect, it } from '@jest/globals';
import { ScriptedHttp } from '../../../test/support/scripted-http.js';
import { NoAnswerError, ProviderError } from '../provider.js';
import type { OutgoingMessage } from '../outgoing.js';
import type { PageAccess, ProviderApp } from '../provider.js';
import { facebookChannel } from './facebook.channel.js';
import { pagesOf } from './facebook.connecting.js';

const HOUR = 3_600_000;
const NOW = new Date('2026-01-15T12:00:00Z');
const page: PageAccess = { oaId: '2208934771', accessToken: 'a page token', businessId: null };
const app: ProviderApp = {
  apiUrl: 'https://graph.example/v25.0',
  oauthUrl: '',
  appId: '77',
  appSecret: '',
  webhookSecret: '',
  verifyToken: '',
  signatures: [],
};
const bare: OutgoingMessage = {
  id: '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e',
  customerExternalId: '7301554468',
  text: null,
  attachments: [],
  quickReplies: [],
  template: null,
  tag: null,
  replyTo: null,
};
const image = { type: 'image' as const, url: 'https://example.com/a.png' };
const file = { type: 'file' as const, url: 'https://example.com/b.pdf', title: 'b.pdf' };
const yes = { title: 'Yes', payload: 'YES' };

async function sent(part: Partial<OutgoingMessage>, given = app): Promise<ScriptedHttp> {
  const http = new ScriptedHttp().answer({ recipient_id: '7301554468', message_id: 'm_1' });
  await expect(facebookChannel.send({ ...bare, ...part }, page, given, http)).resolves.toBe('m_1');
  return http;
}

describe('a message for Messenger', () => {
  const contentsOf = (message: Partial<OutgoingMessage>) =>
    facebookChannel.parts({ ...bare, ...message }).map(({ text, attachments, quickReplies, replyTo }) => ({
      ...(text !== null && { text }),
      ...(attachments.length > 0 && { urls: attachments.map(({ url }) => url) }),
      ...(quickReplies.length > 0 && { quickReplies }),
      ...(replyTo !== null && { replyTo }),
    }));

  it.each<[string, Partial<OutgoingMessage>, object[]]>([
    ['a text', { text: 'Hi' }, [{ text: 'Hi' }]],
    ['nothing', {}, []],
    [
      'each attachment, and the text apart',
      { text: 'Hi', attachments: [image, file] },
      [{ urls: [image.url] }, { urls: [file.url] }, { text: 'Hi' }],
    ],
    [
      'the reply first and the buttons last',
      { text: 'Hi', attachments: [image], replyTo: 'm_0', quickReplies: [yes] },
      [
        { urls: [image.url], replyTo: 'm_0' },
        { text: 'Hi', quickReplies: [yes] },
      ],
    ],
    [
      'buttons below an attachment',
      { attachments: [image], quickReplies: [yes] },
      [{ urls: [image.url], quickReplies: [yes] }],
    ],
  ])('is sent as %s', (_name, message, parts) => {
    expect(contentsOf(message)).toEqual(parts);
  });

  it('is cut at 2,000 characters, between words', () => {
    const parts = facebookChannel.parts({ ...bare, text: `${'word '.repeat(500)}end` });
    expect(parts.map(({ text }) => text?.length)).toEqual([1999, 503]);
    expect(parts.map(({ id }) => id)).toEqual([bare.id, bare.id]);
  });
});

describe('a part of a message for Messenger', () => {
  it('is one request, with our id for the echo to hand back', async () => {
    const { request } = await sent({ text: 'Xin chào' });
    expect(request).toEqual({
      method: 'POST',
      url: 'https://graph.example/v25.0/me/messages',
      headers: { authorization: 'Bearer a page token' },
      json: {
        messaging_type: 'RESPONSE',
        recipient: { id: '7301554468' },
        message: { text: 'Xin chào', metadata: bare.id },
      },
    });
  });

  it.each<[string, Partial<OutgoingMessage>, object]>([
    [
      'an attachment',
      { attachments: [file] },
      { message: { metadata: bare.id, attachment: { type: 'file', payload: { url: file.url, is_reusable: false } } } },
    ],
    [
      'quick replies',
      { text: 'Sure?', quickReplies: [yes] },
      {
        message: {
          text: 'Sure?',
          metadata: bare.id,
          quick_replies: [{ content_type: 'text', title: 'Yes', payload: 'YES' }],
        },
      },
    ],
    ['a tag', { text: 'Hi', tag: 'HUMAN_AGENT' }, { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }],
    ['what it answers', { text: 'Hi', replyTo: 'm_0' }, { reply_to: { mid: 'm_0' } }],
  ])('has %s', async (_name, part, json) => {
    expect((await sent(part)).request.json).toMatchObject(json);
  });

  it('has titles as long as Messenger shows them', async () => {
    const { request } = await sent({ text: '?', quickReplies: [{ title: `${'x'.repeat(19)}😀😀`, payload: 'P' }] });
    const title = `${'x'.repeat(19)}😀`;
    expect(request.json).toMatchObject({ message: { quick_replies: [{ title, payload: 'P' }] } });
  });

  it('proves that it comes from the app, where there is a secret', async () => {
    const { request } = await sent({ text: 'Hi' }, { ...app, appSecret: 'a secret' });
    expect(request.url).toMatch(/\/me\/messages\?appsecret_proof=[0-9a-f]{64}$/);
  });

  it('is refused with the reason, under whatever status it comes', async () => {
    const http = new ScriptedHttp().answer({ error: { code: 10, error_subcode: 2018278 } }, 200);
    const sending = facebookChannel.send({ ...bare, text: 'Hi' }, page, app, http);
    await expect(sending).rejects.toMatchObject({ failure: { kind: 'message', code: '10/2018278' } });
  });

  it('may have been sent where the answer names no message', async () => {
    const http = new ScriptedHttp().answer({ recipient_id: '7301554468' });
    await expect(facebookChannel.send({ ...bare, text: 'Hi' }, page, app, http)).rejects.toBeInstanceOf(NoAnswerError);
  });
});

describe('before a message is sent, Messenger', () => {
  const refusal = (message: Partial<OutgoingMessage>, hoursAgo: number | null) =>
    facebookChannel.refusal(
      { ...bare, text: 'Hi', ...message },
      hoursAgo === null ? null : new Date(NOW.getTime() - hoursAgo * HOUR),
      NOW,
    );

  it.each<[string, Partial<OutgoingMessage>, number]>([
    ['an answer within 24 hours', {}, 24],
    ['a person’s answer within 7 days', { tag: 'HUMAN_AGENT' }, 168],
    ['13 quick replies', { quickReplies: Array(13).fill(yes) }, 1],
  ])('allows %s', (_name, message, hoursAgo) => {
    expect(refusal(message, hoursAgo)).toBeNull();
  });

  it.each<[string, Partial<OutgoingMessage>, number | null, string, RegExp]>([
    ['an answer after 24 hours', {}, 24.01, 'window_closed', /with the tag HUMAN_AGENT/],
    ['any answer after 7 days', { tag: 'HUMAN_AGENT' }, 168.01, 'window_closed', /write again first/],
    ['the first word', {}, null, 'window_closed', /has to write first/],
    ['a dead tag', { tag: 'ACCOUNT_UPDATE' }, 1, 'tag_unsupported', /HUMAN_AGENT is the only one/],
    [
      'a template',
      { template: { name: 'a', language: 'vi', components: [] } },
      1,
      'template_unsupported',
      /no templates/,
    ],
    ['14 quick replies', { quickReplies: Array(14).fill(yes) }, 1, 'too_many_quick_replies', /at most 13/],
    [
      'an endless payload',
      { quickReplies: [{ title: 'A', payload: 'x'.repeat(1001) }] },
      1,
      'invalid_quick_reply',
      /1000/,
    ],
  ])('refuses %s', (_name, message, hoursAgo, code, sentence) => {
    const failure = { kind: 'message', code, message: expect.stringMatching(sentence) };
    expect(refusal(message, hoursAgo)).toEqual(failure);
  });
});

describe('a page of Messenger', () => {
  it.each([
    ['typing' as const, 'typing_on'],
    ['read' as const, 'mark_seen'],
  ])('shows a customer %s', async (signal, action) => {
    const http = new ScriptedHttp();
    const to = { customerExternalId: '7301554468', providerMessageId: null };
    await facebookChannel.signal(signal, to, page, app, http);
    expect(http.request.json).toEqual({ recipient: { id: '7301554468' }, sender_action: action });
  });

  it('is subscribed to what we understand, and let go', async () => {
    const http = new ScriptedHttp();
    await facebookChannel.subscribe(page, app, http);
    await facebookChannel.unsubscribe(page, app, http);
    expect(http.requests).toMatchObject([
      { method: 'POST', form: { subscribed_fields: expect.stringMatching(/^messages,.*,message_edits$/) } },
      { method: 'DELETE' },
    ]);
    expect(new Set(http.requests.map(({ url }) => url))).toEqual(
      new Set(['https://graph.example/v25.0/2208934771/subscribed_apps']),
    );
  });

  it.each<[string, object, object | null]>([
    [
      'their name and picture',
      { name: 'Lan Ng', profile_pic: 'https://x.example/p' },
      { displayName: 'Lan Ng', avatarUrl: 'https://x.example/p' },
    ],
    ['the two halves of their name', { first_name: 'Lan', last_name: 'Ng' }, { displayName: 'Lan Ng' }],
    ['nothing', { id: '7301554468' }, null],
    ['a refusal', { error: { code: 100, error_subcode: 2018218 } }, null],
    ['a missing permission', { error: { code: 230 } }, null],
  ])('says of people %s', async (_name, body, profile) => {
    const http = new ScriptedHttp().answer({ ...body });
    await expect(facebookChannel.profile('7301554468', page, app, http)).resolves.toEqual(profile);
  });

  it('does not hide that its token is dead behind a missing profile', async () => {
    const http = new ScriptedHttp().answer({ error: { code: 190 } }, 401);
    await expect(facebookChannel.profile('7301554468', page, app, http)).rejects.toBeInstanceOf(ProviderError);
  });

  it('has files at their own address', async () => {
    const http = new ScriptedHttp();
    await expect(facebookChannel.media({ type: 'image', url: image.url }, page, app, http)).resolves.toEqual({
      url: image.url,
      headers: {},
    });
    await expect(facebookChannel.media({ type: 'image', url: null }, page, app, http)).resolves.toBeNull();
  });
});

describe('the pages of a person', () => {
  it('are listed with a token of their own, by a long-lived one of the person', async () => {
    const tasks = ['ANALYZE', 'MESSAGING'];
    const http = new ScriptedHttp().answer({ access_token: 'long-lived', expires_in: 5_184_000 }).answer({
      data: [
        { id: '1', name: 'One', access_token: 't1', tasks, picture: { data: { url: 'https://x.example/1' } } },
        { id: '2', name: 'Two', access_token: 't2', tasks: ['ANALYZE'] },
        { id: '3', name: 'No rights' },
      ],
    });
    await expect(pagesOf('short', app, http)).resolves.toEqual([
      {
        oaId: '1',
        accessToken: 't1',
        businessId: null,
        name: 'One',
        avatarUrl: 'https://x.example/1',
        canMessage: true,
      },
      { oaId: '2', accessToken: 't2', businessId: null, name: 'Two', avatarUrl: null, canMessage: false },
    ]);
    const [exchange, accounts] = http.requests;
    expect(exchange?.url).toBe(
      'https://graph.example/v25.0/oauth/access_token?grant_type=fb_exchange_token&client_id=77&client_secret=&fb_exchange_token=short',
    );
    expect(accounts?.headers).toEqual({ authorization: 'Bearer long-lived' });
  });
});
