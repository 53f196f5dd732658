/** What every Meta product's webhooks share: the subscription handshake and the signature. */

import { createHmac, timingSafeEqual } from 'node:crypto';

const SIGNATURE_HEADER = 'x-hub-signature-256';
const SIGNATURE_SHAPE = /^sha256=([0-9a-f]{64})$/;

/**
 * The challenge to echo, as plain text, when Meta verifies our address. An empty verify token never matches, so that an
 * unset configuration value cannot open the handshake to everybody.
 * Source: Graph API, "Getting started with webhooks", verification requests.
 */
export function answerMetaHandshake(query: Record<string, unknown>, verifyToken: string): string | null {
  const token = query['hub.verify_token'];
  const challenge = query['hub.challenge'];
  if (query['hub.mode'] !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string') return null;
  if (verifyToken === '' || !isSameText(token, verifyToken)) return null;
  return challenge === '' ? null : challenge;
}

/**
 * Whether the body came from somebody who knows the app secret. Hashes the bytes as they came: Meta writes non-ASCII as
 * `\uXXXX` and `/` as `\/`, and signs that, so a body that was parsed and printed again no longer matches.
 * `headers` are Node's, with lower-case names. An empty secret signs nothing, for anybody could use it.
 * Source: Graph API, "Getting started with webhooks", validating payloads.
 */
export function isSignedByMeta(
  rawBody: Buffer,
  headers: Record<string, string | string[] | undefined>,
  secret: string,
): boolean {
  const signature = signatureIn(headers[SIGNATURE_HEADER]);
  return signature !== null && secret !== '' && timingSafeEqual(signature, hmac(secret, rawBody));
}

/** The 32 bytes that were sent; the shape is checked first because `timingSafeEqual` throws on other lengths. */
function signatureIn(header: string | string[] | undefined): Buffer | null {
  const hex = typeof header === 'string' ? SIGNATURE_SHAPE.exec(header)?.[1] : undefined;
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}

/** Compares digests, so that neither length nor contents of the expected text show in the time it takes. */
function isSameText(given: string, expected: string): boolean {
  return timingSafeEqual(hmac(expected, given), hmac(expected, expected));
}

function hmac(key: string, data: Buffer | string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
