/** How Zalo signs what it sends. Source: Zalo OA documentation, webhook; its copies disagree about secret and time. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Json } from '../json.js';
import type { ProviderApp } from '../provider.js';
import { isJsonObject } from '../storable.js';

const SIGNATURE_HEADER = 'x-zevent-signature';
const TIMESTAMP_HEADER = 'x-zevent-timestamp';
const SIGNATURE_SHAPE = /^(?:mac=)?([0-9a-f]{64})$/i;
const PROBE_SHAPE = /^\s*\{\s*\}\s*$/;
const LONGEST_PROBE = 16;

type Headers = Record<string, string | string[] | undefined>;

/** Which of the two secrets was used, and from where the time came, by the names that settings give to the ways. */
const WAYS: { name: string; secretOf: (app: ProviderApp) => string; isTimeInBody: boolean }[] = [
  { name: 'oa-key body', secretOf: (app) => app.webhookSecret, isTimeInBody: true },
  { name: 'oa-key header', secretOf: (app) => app.webhookSecret, isTimeInBody: false },
  { name: 'app-secret body', secretOf: (app) => app.appSecret, isTimeInBody: true },
  { name: 'app-secret header', secretOf: (app) => app.appSecret, isTimeInBody: false },
];

/**
 * The first accepted way in which the body was signed: a plain SHA-256 of app id, body, time and secret, one after the
 * other. All ways are tried, whichever fits. An empty secret signs nothing, for anybody could use it.
 */
export function signatureOf(rawBody: Buffer, headers: Headers, app: ProviderApp): string | null {
  const given = signatureIn(headers[SIGNATURE_HEADER]);
  if (given === null) return null;
  const times = { body: timeInBody(rawBody), header: textIn(headers[TIMESTAMP_HEADER]) };
  const matching = WAYS.filter(({ name }) => app.signatures.includes(name)).filter(({ secretOf, isTimeInBody }) => {
    const secret = secretOf(app);
    const digest = createHash('sha256').update(app.appId).update(rawBody);
    const expected = digest.update((isTimeInBody ? times.body : times.header) ?? '').update(secret);
    return timingSafeEqual(given, expected.digest()) && secret !== '';
  });
  return matching[0]?.name ?? null;
}

/** Saving the webhook's address in Zalo's console sends `{}`, unsigned. */
export function isProbe(rawBody: Buffer): boolean {
  return rawBody.length <= LONGEST_PROBE && PROBE_SHAPE.test(rawBody.toString('utf8'));
}

/** The 32 bytes that were sent; the shape is checked first because `timingSafeEqual` throws on other lengths. */
function signatureIn(header: string | string[] | undefined): Buffer | null {
  const hex = SIGNATURE_SHAPE.exec(textIn(header) ?? '')?.[1];
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}

function textIn(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? header.trim() : null;
}

/** The body's `timestamp` as text. What is not JSON has none. */
function timeInBody(rawBody: Buffer): string | null {
  const body = parsed(rawBody);
  const timestamp = isJsonObject(body) ? body.timestamp : null;
  return typeof timestamp === 'string' || typeof timestamp === 'number' ? String(timestamp) : null;
}

function parsed(rawBody: Buffer): Json {
  try {
    // JSON.parse returns nothing but JSON.
    return JSON.parse(rawBody.toString('utf8')) as Json;
  } catch {
    return null;
  }
}
