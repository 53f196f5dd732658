/** Reads the single fields of providers' events: ids, texts, times. Each is null where the field is absent or unusable. */

import { createHash } from 'node:crypto';
import type { Json } from './json.js';

/** Longer than any id seen; what exceeds it is not an id, and would not fit the database's indexes. */
const LONGEST_ID = 512;
const LONGEST_DEDUPE_KEY = 500;

/** Times below this are in seconds: as milliseconds they would lie before September 2001. */
const SECONDS_BELOW = 1e12;
const CLOCK_SKEW_MS = 60_000;

/** Ids are strings; numbers only up to 2^53, since greater ones have lost digits when they were parsed. */
export function idOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID ? value : null;
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Milliseconds since 1970. Sent as a number or as digits, in milliseconds or (seldom) in seconds. */
export function timeOf(value: Json | undefined): number | null {
  const time = numberOf(value) ?? 0;
  const milliseconds = Math.trunc(time < SECONDS_BELOW ? time * 1000 : time);
  return milliseconds > 0 ? milliseconds : null;
}

/** A date that does not lie ahead of us: one from a wrong clock would stay on top of every list until it has come. */
export function dateOf(time: number, now: number): Date {
  return new Date(time > now + CLOCK_SKEW_MS ? now : time);
}

export function numberOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : null;
}

/** The parts as one key; a key too long for the database's index is shortened to its first part and a digest. */
export function dedupeKeyOf(kind: string, ...parts: (string | number)[]): string {
  const key = [kind, ...parts].join(':');
  return key.length <= LONGEST_DEDUPE_KEY ? key : `${kind}:${digestOf(key)}`;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
