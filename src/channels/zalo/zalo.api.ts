/** Requests to Zalo, which answers 200 to nearly everything. Source: Zalo OA documentation, OpenAPI and OAuth v4. */

import { NoAnswerError, ProviderError } from '../provider.js';
import type { Http, ProviderAnswer, ProviderFailure, ProviderRequest } from '../provider.js';
import type { JsonObject } from '../json.js';
import { textOf } from '../fields.js';
import { isJsonObject } from '../storable.js';
import { failureOf, tokenFailureOf } from './zalo.failures.js';

const GATEWAY_TIMEOUT = 504;

/** The `data` of an OpenAPI answer. Only `error: 0` is a yes; what is no answer of Zalo's may have been one. */
export async function callZalo(request: ProviderRequest, accessToken: string, http: Http): Promise<JsonObject> {
  const answer = await http.send({ ...request, headers: { access_token: accessToken } });
  const failure = failureIn(answer, failureOf);
  if (failure) throw new ProviderError(failure);
  if (!isJsonObject(answer.body) || codeIn(answer) !== 0) throw new NoAnswerError('Zalo answered without a result');
  return isJsonObject(answer.body.data) ? answer.body.data : {};
}

/** The answer of Zalo's OAuth, which has no `error` where it is a yes. */
export async function callZaloOAuth(request: ProviderRequest, http: Http): Promise<JsonObject> {
  const answer = await http.send(request);
  const failure = failureIn(answer, tokenFailureOf);
  if (failure) throw new ProviderError(failure);
  if (!isJsonObject(answer.body)) throw new NoAnswerError('Zalo answered without a result');
  return answer.body;
}

function failureIn(answer: ProviderAnswer, toFailure: typeof failureOf): ProviderFailure | null {
  const code = codeIn(answer);
  if (code === null) return failureByStatus(answer);
  return code === 0 ? null : withWait(toFailure(code, reasonIn(answer)), answer);
}

/** The `error` of an answer, a number or digits; null where there is none. */
function codeIn({ body }: ProviderAnswer): number | null {
  if (!isJsonObject(body)) return null;
  const code = typeof body.error === 'string' && /^-?\d{1,9}$/.test(body.error) ? Number(body.error) : body.error;
  return typeof code === 'number' ? code : null;
}

function reasonIn({ body }: ProviderAnswer): string | null {
  return isJsonObject(body) ? (textOf(body.message) ?? textOf(body.error_reason) ?? textOf(body.error_name)) : null;
}

/** A gateway that gave up waiting does not know either whether the request was carried out. */
function failureByStatus(answer: ProviderAnswer): ProviderFailure | null {
  const { status } = answer;
  if (status === GATEWAY_TIMEOUT) throw new NoAnswerError('Zalo gave up after a while');
  if (status < 400) return null;
  const kind = status >= 500 ? 'transient' : status === 429 ? 'throttled' : 'message';
  return withWait({ kind, code: `http_${status}`, message: SENTENCES[kind] }, answer);
}

const SENTENCES = {
  transient: 'Zalo has trouble at the moment.',
  throttled: 'Zalo asks to send more slowly.',
  message: 'Zalo refused this without saying why.',
};

/** `Retry-After` in seconds, which Zalo does not document, but a gateway may send. */
function withWait(failure: ProviderFailure, { headers }: ProviderAnswer): ProviderFailure {
  const seconds = headers['retry-after'];
  const isSoon = failure.kind === 'throttled' || failure.kind === 'transient';
  if (!isSoon || seconds === undefined || !/^\d{1,6}$/.test(seconds)) return failure;
  return { ...failure, retryAfterMs: Number(seconds) * 1_000 };
}
