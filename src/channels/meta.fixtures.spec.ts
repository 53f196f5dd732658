import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ScriptedHttp } from '../../test/support/scripted-http.js';
import type { Channel } from './channel.js';
import type { ChannelEvent } from './channel-events.js';
import type { Json, JsonObject } from './json.js';
import type { ProviderApp, ProviderFailure } from './provider.js';
import { facebookChannel } from './facebook/facebook.channel.js';
import { pagesOf } from './facebook/facebook.connecting.js';
import { MESSENGER } from './facebook/facebook.failures.js';
import { failureOf, graphErrorOf } from './meta.failures.js';
import { proofOf } from './meta.graph.js';
import { isJsonObject, objectsIn } from './storable.js';
import { whatsappChannel } from './whatsapp/whatsapp.channel.js';
import { numbersOf } from './whatsapp/whatsapp.connecting.js';
import { WHATSAPP } from './whatsapp/whatsapp.failures.js';

/** Payloads of other projects and of Meta's documentation; not part of this repository. */
const FIXTURES = '../shared/channels/fixtures';
const APP: ProviderApp = {
  ...{ apiUrl: 'https://graph.example', oauthUrl: '', appId: '1', appSecret: '', verifyToken: '' },
  ...{ webhookSecret: '', signatures: [] },
};

/** What is told in another way (who, when, of what kind), or of no use to us (what it cost). */
const TOLD_OTHERWISE = new Set([
  ...['object', 'field', 'messaging_product', 'display_phone_number', 'from', 'timestamp', 'time', 'watermark', 'seq'],
  ...['type', 'status', 'action', 'reaction', 'conversation', 'pricing', 'username'],
  ...['parent_user_id', 'from_parent_user_id', 'parent_recipient_user_id'],
]);

interface Vector {
  id: string;
  scheme: string;
  secret: string;
  body: string;
  header: string;
  expect?: string;
}

function parse(path: string): JsonObject {
  return JSON.parse(readFileSync(path, 'utf8')) as JsonObject; // All of them are objects.
}

function namesOf(platform: string, pattern: RegExp): string[] {
  const folder = join(FIXTURES, platform);
  return existsSync(folder) ? readdirSync(folder).filter((name) => pattern.test(name)) : [];
}

/** A file is a whole body, or one item of `messaging`: then the page is whoever received it, or wrote it. */
function bodyIn(file: JsonObject): JsonObject {
  if (file.object !== undefined) return file;
  const { sender, recipient, message, delivery, read } = file;
  const isFromPage =
    delivery !== undefined || read !== undefined || (isJsonObject(message) && message.is_echo === true);
  const page = isFromPage ? sender : (recipient ?? sender);
  return { object: 'page', entry: [{ id: isJsonObject(page) ? (page.id ?? null) : null, messaging: [file] }] };
}

/** What a body holds an event of: every item of every list, but for what happened between others than the page. */
function itemsIn(body: JsonObject): JsonObject[] {
  return objectsIn(body.entry).flatMap(({ id, messaging, standby, changes }) => [
    ...objectsIn(messaging).filter((item) =>
      leavesOf([item.sender ?? null, item.recipient ?? null]).includes(pageOf(id)),
    ),
    ...objectsIn(standby),
    ...objectsIn(changes).flatMap((change) => itemsOfChange(change, body.object === 'page')),
  ]);
}

function pageOf(id: Json | undefined): string {
  return typeof id === 'string' ? id : '';
}

function itemsOfChange(change: JsonObject, isPage: boolean): JsonObject[] {
  const value = isJsonObject(change.value) ? change.value : {};
  const items = [...objectsIn(value.messages), ...objectsIn(value.statuses)];
  return isPage || items.length === 0 ? [change] : items;
}

/** Every text and number of a payload, but for those that are told otherwise. */
function leavesOf(value: Json | undefined): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, Json]) =>
    TOLD_OTHERWISE.has(key) ? [] : leavesOf(item),
  );
}

function lossesOf(channel: Channel, body: JsonObject): string[] {
  const told = leavesOf(JSON.parse(JSON.stringify(channel.translate(body))) as Json).join('\n');
  return itemsIn(body)
    .flatMap(leavesOf)
    .filter((leaf) => !told.includes(leaf));
}

const keysOf = (events: ChannelEvent[]): string[] => events.map(({ dedupeKey }) => dedupeKey);

describe.each([
  ['facebook', facebookChannel],
  ['whatsapp', whatsappChannel],
])('Payloads of %s seen elsewhere', (platform, channel) => {
  const names = namesOf(platform, /^(?!api_)/);
  if (names.length === 0) it.skip('are not here', () => undefined);

  for (const name of names)
    it(`are understood: ${name}`, () => {
      const body = bodyIn(parse(join(FIXTURES, platform, name)));
      const events = channel.translate(body);
      // Some name no account at all, and one was left out by its source: nobody could be told of them.
      const isRoutable = events.length > 0;
      expect(events).toHaveLength(isRoutable ? itemsIn(body).length : 0);
      if (isRoutable) expect(lossesOf(channel, body)).toEqual([]);
      expect(isRoutable || /__chatwoot|standby/.test(name)).toBe(true);
      expect(keysOf(channel.translate(body))).toEqual(keysOf(events));
    });
});

describe('Refusals of Meta seen elsewhere', () => {
  const KINDS: Record<number, ProviderFailure['kind']> = {
    4: 'throttled',
    190: 'token',
    200: 'account',
    803: 'message',
    80007: 'throttled',
  };

  for (const [platform, product] of Object.entries({ facebook: MESSENGER, whatsapp: WHATSAPP }))
    for (const name of namesOf(platform, /^api_error/))
      it(`are understood: ${platform} ${name}`, () => {
        const { error } = parse(join(FIXTURES, platform, name));
        const known = graphErrorOf(isJsonObject(error) ? error : {});
        expect(failureOf(known, product.failures, 'Refused').kind).toBe(KINDS[known.code ?? 0]);
      });
});

describe('Answers of Meta seen elsewhere', () => {
  const answered = (path: string) => new ScriptedHttp().answer(parse(join(FIXTURES, path)));
  const page = { oaId: '1', accessToken: 't', businessId: '2' };
  const part = {
    ...{ id: 'i', customerExternalId: '3', text: 'Hi', attachments: [], quickReplies: [], template: null },
    ...{ tag: null, replyTo: null },
  };
  const tried: [path: string, ask: (http: ScriptedHttp) => Promise<unknown>, answer: RegExp][] = [
    ['facebook/api_send_ok__messaging-apis.json', (http) => facebookChannel.send(part, page, APP, http), /^"mid\./],
    [
      'facebook/api_user_profile_ok__messaging-apis.json',
      (http) => facebookChannel.profile('3', page, APP, http),
      /displayName.*avatarUrl/,
    ],
    ['whatsapp/api_send_ok__metaopenapi.json', (http) => whatsappChannel.send(part, page, APP, http), /^"wamid\./],
    [
      'whatsapp/api_subscribed_apps_ok__metaopenapi.json',
      (http) => whatsappChannel.subscribe(page, APP, http).then(() => 'yes'),
      /yes/,
    ],
    [
      'whatsapp/api_phone_numbers_ok__metaopenapi.json',
      (http) => numbersOf(page, APP, http),
      /"canMessage":true.*"canMessage":false/,
    ],
  ];

  for (const [path, ask, answer] of tried.filter(([path]) => existsSync(join(FIXTURES, path))))
    it(`are understood: ${path}`, async () => {
      expect(JSON.stringify(await ask(answered(path)))).toMatch(answer);
    });

  const accounts = join(FIXTURES, 'facebook/api_me_accounts__metadocs.json');
  if (existsSync(accounts))
    it('are understood: facebook/api_me_accounts__metadocs.json', async () => {
      const http = answered('facebook/api_token_exchange_ok__metadocs.json').answer(parse(accounts));
      const [first] = await pagesOf('short', APP, http);
      expect(first).toMatchObject({ oaId: 'page_id', accessToken: 'page_access_token', canMessage: false });
    });
});

describe('Signatures of Meta seen elsewhere', () => {
  for (const vector of vectors('X-Hub-Signature'))
    it(`are right or wrong as said: ${vector.id}`, () => {
      const isLegacy = vector.header.startsWith('sha1=');
      const headers = { [isLegacy ? 'x-hub-signature' : 'x-hub-signature-256']: vector.header };
      const app = { ...APP, webhookSecret: vector.secret };
      const isRight = !isLegacy && vector.expect !== 'MISMATCH';
      expect(whatsappChannel.signatureOf(Buffer.from(vector.body), headers, app)).toBe(isRight ? 'sha256' : null);
    });

  for (const { id, secret, body, header } of vectors('appsecret_proof'))
    it(`prove the app as said: ${id}`, () => {
      expect(proofOf(body, secret)).toEqual({ appsecret_proof: header });
    });
});

function vectors(scheme: string): Vector[] {
  const path = join(FIXTURES, 'signatures.json');
  if (!existsSync(path)) return [];
  const { vectors } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] };
  return vectors.filter((vector) => vector.scheme.startsWith(scheme));
}
