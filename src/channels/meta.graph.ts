/** Requests to the Graph API, which Messenger and WhatsApp share. Source: Graph API overview, handling errors. */

import { createHmac } from 'node:crypto';
import { NoAnswerError, ProviderError } from './provider.js';
import type { Http, ProviderAnswer, ProviderFailure, ProviderRequest } from './provider.js';
import type { JsonObject } from './json.js';
import { failureOf, graphErrorIn, type Meaning } from './meta.failures.js';
import { retryAfterOf } from './meta.throttling.js';
import { isJsonObject } from './storable.js';

/** Whose refusals these are. */
export interface GraphProduct {
  name: string;
  failures: readonly Meaning[];
}

const GATEWAY_TIMEOUT = 504;

/** The object that the Graph API answers with. A refusal may come with status 200, and is thrown all the same. */
export async function callGraph(request: ProviderRequest, product: GraphProduct, http: Http): Promise<JsonObject> {
  const answer = await http.send(request);
  const failure = failureIn(answer, product);
  if (failure) throw new ProviderError(failure);
  return isJsonObject(answer.body) ? answer.body : {};
}

/** `path` is made of the ids' own text; `query` comes behind it. */
export function graphUrl(apiUrl: string, path: string[], query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `${apiUrl}/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

/** In a header, where no log of addresses keeps it. */
export function bearer(accessToken: string): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` };
}

/** Shows that whoever has the token also has the app secret; nothing without one. Source: "Securing Graph API calls". */
export function proofOf(accessToken: string, appSecret: string): Record<string, string> {
  if (appSecret === '') return {};
  return { appsecret_proof: createHmac('sha256', appSecret).update(accessToken).digest('hex') };
}

function failureIn(answer: ProviderAnswer, { name, failures }: GraphProduct): ProviderFailure | null {
  const error = graphErrorIn(answer);
  if (error === null) return failureByStatus(answer, name);
  const failure = failureOf(error, failures, `${name} refused this`);
  if (answer.status >= 500 && failure.kind === 'message') return withWait({ ...failure, kind: 'transient' }, answer);
  return withWait(failure, answer);
}

/** A gateway that gave up waiting does not know either whether the request was carried out. */
function failureByStatus(answer: ProviderAnswer, name: string): ProviderFailure | null {
  const { status } = answer;
  if (status === GATEWAY_TIMEOUT) throw new NoAnswerError(`${name} gave up after a while`);
  if (status < 400) return null;
  const kind = status >= 500 ? 'transient' : status === 429 ? 'throttled' : 'message';
  return withWait({ kind, code: `http_${status}`, message: sentences[kind](name) }, answer);
}

const sentences = {
  transient: (name: string) => `${name} has trouble at the moment.`,
  throttled: (name: string) => `${name} asks to send more slowly.`,
  message: (name: string) => `${name} refused this without saying why.`,
};

function withWait(failure: ProviderFailure, { headers }: ProviderAnswer): ProviderFailure {
  if (failure.kind !== 'throttled' && failure.kind !== 'transient') return failure;
  const retryAfterMs = retryAfterOf(headers, Date.now());
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}
