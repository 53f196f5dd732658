const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long to wait after each attempt; after the last one a message has failed. About nine hours in all. */
const WAITS = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 5 * HOUR];
/** Providers that are asked for less name no time. */
const QUIET_MS = 30 * SECOND;
/** One customer may be written to about every 6 s. Source: WhatsApp Cloud API, error 131056. */
const ONE_CUSTOMER_MS = 6 * SECOND;

/** When to try again after so many attempts; null: not any more. A tenth of chance keeps many from coming at once. */
export function nextAttempt(attempts: number, now: Date): Date | null {
  const wait = WAITS[attempts - 1];
  return wait === undefined ? null : new Date(now.getTime() + wait * (1 + Math.random() / 10));
}

/** Until when a provider wants to hear nothing. */
export function quietUntil(retryAfterMs: number | undefined, isRecipientOnly: boolean, now: Date): Date {
  return new Date(now.getTime() + (retryAfterMs ?? (isRecipientOnly ? ONE_CUSTOMER_MS : QUIET_MS)));
}
