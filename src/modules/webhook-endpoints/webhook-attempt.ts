import { AddressRefusedError, UnreachableError } from '../../platform/http/outbound/outbound.errors.js';
import type { OutboundAnswer } from '../../platform/http/outbound/outbound-http.js';
import { retryAfterMs } from './retry-schedule.js';

/** How an attempt went. `error` is null where it was delivered. */
export interface Attempt {
  responseStatus: number | null;
  error: string | null;
  /** The receiver wants nothing any more: 410. */
  isGone: boolean;
  /** For how long the receiver wants to be left alone, in milliseconds, where it says so. */
  wish: number | null;
}

/** 2xx is delivered, everything else is not; redirects too. Source: Standard Webhooks 1.0. */
export function attemptOf({ status, headers }: OutboundAnswer, now: Date): Attempt {
  const isDelivered = status >= 200 && status < 300;
  return {
    responseStatus: status,
    error: isDelivered ? null : `It answered with status ${status}`,
    isGone: status === 410,
    wish: retryAfterMs(headers['retry-after'], now),
  };
}

/** Rethrows what is no failure of the receiver's. */
export function unanswered(error: unknown): Attempt {
  if (!(error instanceof AddressRefusedError || error instanceof UnreachableError)) throw error;
  return { responseStatus: null, error: error.message, isGone: false, wish: null };
}
