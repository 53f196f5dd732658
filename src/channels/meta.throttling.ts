/** How long the Graph API wants to be left alone. Source: Graph API, rate limits. */

import type { Json } from './json.js';
import { numberOf } from './fields.js';
import { isJsonObject } from './storable.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Usage is counted over an hour that slides on, in percent of what is allowed. */
const PERCENT_OF_AN_HOUR = HOUR / 100;

/** In milliseconds; undefined where the headers say nothing. */
export function retryAfterOf(headers: Record<string, string>, now: number): number | undefined {
  return fromRetryAfter(headers['retry-after'], now) ?? fromBusinessUsage(headers) ?? fromAppUsage(headers);
}

/** Seconds, or a date. */
function fromRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header === '') return undefined;
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** By account, a list of what it used; the time until the account is let in again is in minutes. */
function fromBusinessUsage(headers: Record<string, string>): number | undefined {
  const usage = parsed(headers['x-business-use-case-usage']);
  if (!isJsonObject(usage)) return undefined;
  const entries = Object.values(usage).flat().filter(isJsonObject);
  const minutes = entries.map(({ estimated_time_to_regain_access: time }) => numberOf(time) ?? 0);
  const longest = Math.max(0, ...minutes);
  return longest > 0 ? longest * MINUTE : undefined;
}

/** Waits until what was used beyond the allowed has slid out of the hour. */
function fromAppUsage(headers: Record<string, string>): number | undefined {
  const usage = parsed(headers['x-app-usage']);
  if (!isJsonObject(usage)) return undefined;
  const highest = Math.max(...['call_count', 'total_cputime', 'total_time'].map((name) => numberOf(usage[name]) ?? 0));
  return highest < 100 ? undefined : Math.min(HOUR, (highest - 100 + 1) * PERCENT_OF_AN_HOUR);
}

function parsed(header: string | undefined): Json {
  if (header === undefined) return null;
  try {
    return JSON.parse(header) as Json; // What JSON.parse gives is JSON.
  } catch {
    return null;
  }
}
