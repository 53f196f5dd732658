/** What every Meta product's webhooks share: the subscription handshake and the signature. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ProviderApp } from './provider.js';

const SIGNATURE_HEADER = 'x-hub-signature-256';
const SIGNATURE_SHAPE = /^sha256=([0-9a-f]{64})$/;

/**
 * The challenge to echo, as plain text, when Meta verifies our address. An empty verify token never matches, so that an
 * unset configuration value cannot open the handshake to everybody.
 * Source: Graph API, "Getting started with webhooks", verification requests.
 */
export function answerMetaHandshake(
  query: Record<string, unknown>,
  { verifyToken }: Pick<ProviderApp, 'verifyToken'>,
): string | null {
  const token = query['hub.verify_token'];
  const challenge = query['hub.challenge'];
  if (query['hub.mode'] !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string') return null;
  if (verifyToken === '' || !isSameText(token, verifyToken)) return null;
  return challenge === '' ? null : challenge;
}

/**
 * `sha256` where the body came from somebody who knows the app secret, otherwise null. Hashes the bytes as they came: Meta writes non-ASCII as
 * `\uXXXX` and `/` as `\/`, and signs that, so a body that was parsed and printed again no longer matches.
 * `headers` are Node's, with lower-case names. An empty secret signs nothing, for anybody could use it.
 * Source: Graph API, "Getting started with webhooks", validating payloads.
 */
export function metaSignatureOf(
  rawBody: Buffer,
  headers: Record<string, string | string[] | undefined>,
  { webhookSecret }: Pick<ProviderApp, 'webhookSecret'>,
): 'sha256' | null {
  const signature = signatureIn(headers[SIGNATURE_HEADER]);
  if (signature === null || webhookSecret === '') return null;
  return timingSafeEqual(signature, hmac(webhookSecret, rawBody)) ? 'sha256' : null;
}

/** Meta tries an address with the handshake alone; it sends no body that is unsigned. */
export function isMetaProbe(): boolean {
  return false;
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
