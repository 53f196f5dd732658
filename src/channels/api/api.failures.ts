/** What a partner's endpoint says no with, and what follows from it. */

import { ProviderError } from '../provider.js';
import type { ProviderAnswer, ProviderFailure } from '../provider.js';
import { isJsonObject } from '../storable.js';

const LONGEST_SENTENCE = 500;
/** The endpoint is not there, does not know us, or sends us elsewhere: so it will with the next message. */
const OF_THE_ENDPOINT = new Set([401, 403, 404, 405, 410]);

export function noEndpoint(): ProviderError {
  return new ProviderError({
    kind: 'account',
    code: 'no_endpoint',
    message: 'No active webhook endpoint takes the messages of this integration: choose one, or switch it on again',
  });
}

/** The same webhook-id goes out with every attempt, so that trying again sends nothing twice. */
export function noAnswer(reason: string): ProviderError {
  return new ProviderError({ kind: 'transient', code: 'no_answer', message: reason });
}

export function refused(answer: ProviderAnswer): ProviderError {
  const { status } = answer;
  const wish = secondsOf(answer.headers['retry-after']);
  return new ProviderError({
    ...{ kind: kindOf(status), code: `http_${status}`, message: sentenceOf(answer) },
    ...(wish !== null && { retryAfterMs: wish * 1_000 }),
  });
}

function kindOf(status: number): ProviderFailure['kind'] {
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'transient';
  return status < 400 || OF_THE_ENDPOINT.has(status) ? 'account' : 'message';
}

/** The partner's own words, where its answer has `message` or `error.message`. */
function sentenceOf({ status, body }: ProviderAnswer): string {
  const answer = isJsonObject(body) ? body : {};
  const said = isJsonObject(answer.error) ? answer.error.message : answer.message;
  const sentence = typeof said === 'string' ? `: ${said.slice(0, LONGEST_SENTENCE)}` : '';
  return `The partner's endpoint answered with status ${status}${sentence}`;
}

function secondsOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : null;
}
