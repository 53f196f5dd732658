const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** Waiting before each further attempt, in milliseconds. Source: Standard Webhooks 1.0, "Deliverability and reliability". */
const WAITS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/** So that what failed together does not come back together. */
const JITTER = 0.2;
/** Nobody puts us off for longer. */
const LONGEST_WISH = 24 * HOUR;

/**
 * When to try again after `attempts` attempts; null once it was enough. `wish`: for how long the receiver wants to be left
 * alone, in milliseconds.
 */
export function nextAttemptAfter(attempts: number, wish: number | null, now: Date): Date | null {
  const wait = WAITS[attempts - 1];
  if (wait === undefined) return null;
  const withJitter = wait * (1 + Math.random() * JITTER);
  return new Date(now.getTime() + Math.max(withJitter, Math.min(wish ?? 0, LONGEST_WISH)));
}

/** The milliseconds that a `Retry-After` header asks for, in seconds or as a date; null where it says nothing. */
export function retryAfterMs(header: string | undefined, now: Date): number | null {
  if (header === undefined || header === '') return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
