import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import type { ProviderApp } from '../provider.js';
import { zaloChannel } from './zalo.channel.js';
import { challengeOf } from './zalo.oauth.js';

/** Payloads of other projects and of Zalo's documentation; not part of this repository. */
const FIXTURES = '../shared/channels/fixtures';
const BODIES = join(FIXTURES, 'zalo');
const names = existsSync(BODIES) ? readdirSync(BODIES).filter((name) => !name.startsWith('api_')) : [];
const IDS = new Set(['id', 'oa_id', 'user_id', 'msg_id', 'quote_msg_id', 'conversation_id']);

interface Vector {
  id: string;
  scheme: string;
  app_id: string;
  timestamp: string;
  secret: string;
  body: string;
  header: string;
  expect?: string;
  code_verifier: string;
  code_challenge: string;
}

function parse(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Every id that a body names, wherever. */
function idsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, Json]) =>
    IDS.has(key) && typeof item === 'string' ? [item] : idsIn(item),
  );
}

describe('Payloads seen elsewhere', () => {
  if (names.length === 0) it.skip('are not here', () => undefined);

  for (const name of names)
    it(`lose nothing: ${name}`, () => {
      const body = parse(join(BODIES, name)) as JsonObject;
      const events = zaloChannel.translate(body);
      expect(events).toHaveLength(body.event_name === undefined ? 0 : 1);
      const told = JSON.stringify(events);
      expect(idsIn(body).filter((id) => !told.includes(id))).toEqual([]);
      expect(keysOf(zaloChannel.translate(body))).toEqual(keysOf(events));
    });

  for (const vector of vectors('X-ZEvent-Signature'))
    it(`are signed like ${vector.id}`, () => {
      const app: ProviderApp = {
        ...{ apiUrl: '', oauthUrl: '', verifyToken: '', appSecret: '', signatures: ['oa-key body', 'oa-key header'] },
        ...{ appId: vector.app_id, webhookSecret: vector.secret },
      };
      const headers = { 'x-zevent-signature': vector.header, 'x-zevent-timestamp': vector.timestamp };
      const way = zaloChannel.signatureOf(Buffer.from(vector.body), headers, app);
      expect(way !== null).toBe(vector.expect !== 'MISMATCH');
    });

  for (const { id, code_verifier, code_challenge } of vectors('PKCE'))
    it(`are proven like ${id}`, () => {
      expect(challengeOf(code_verifier)).toBe(code_challenge);
    });
});

function keysOf(events: ChannelEvent[]): string[] {
  return events.map(({ dedupeKey }) => dedupeKey);
}

function vectors(scheme: string): Vector[] {
  const path = join(FIXTURES, 'signatures.json');
  if (!existsSync(path)) return [];
  const { vectors } = parse(path) as { vectors: Vector[] };
  return vectors.filter((vector) => vector.scheme.startsWith(scheme));
}
