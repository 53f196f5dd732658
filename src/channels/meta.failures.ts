/** What a refusal of the Graph API means. Messenger and WhatsApp each bring a table of their own codes. */

import type { JsonObject } from './json.js';
import type { ProviderAnswer, ProviderFailure } from './provider.js';
import { numberOf, textOf } from './fields.js';
import { isJsonObject } from './storable.js';

/** An `error` as the Graph API gives it, in an answer or in a webhook. */
export interface GraphError {
  code: number | null;
  subcode: number | null;
  isTransient: boolean;
  /** For developers, in English. */
  text: string | null;
}

/** What certain codes mean. `codes` are `code/subcode`, a code whatever its sub-code, or all from the first to the second. */
export interface Meaning {
  codes: (string | number | [first: number, last: number])[];
  /** What the provider's own words have to say besides, where one code means several things. */
  words?: RegExp;
  kind: ProviderFailure['kind'];
  /** For the agent who wrote the message. */
  says: string;
  /** Whether the provider's own words follow, so that the sentence has no full stop yet. */
  isQuoted?: true;
  /** How long to wait where the answer names no time, in milliseconds. */
  retryAfterMs?: number;
  isRecipientOnly?: true;
}

const LONGEST_TEXT = 300;
/** Some refusals quote the token that they refuse. */
const TOKEN_LIKE = /[\w-]{40,}/g;

/** The `error` of an answer, whatever its status; null where there is none. */
export function graphErrorIn({ body }: ProviderAnswer): GraphError | null {
  return isJsonObject(body) && isJsonObject(body.error) ? graphErrorOf(body.error) : null;
}

/** `details` and `message` are the same thing in different products; `title` is neither stable nor exact. */
export function graphErrorOf(error: JsonObject): GraphError {
  const data = isJsonObject(error.error_data) ? error.error_data : {};
  return {
    code: numberOf(error.code),
    subcode: numberOf(error.error_subcode),
    isTransient: error.is_transient === true,
    text: textOf(data.details) ?? textOf(error.message) ?? textOf(error.title),
  };
}

/** By the most exact entry of the table; `otherwise` says whose refusal it is, for codes that the table lacks. */
export function failureOf(error: GraphError, table: readonly Meaning[], otherwise: string): ProviderFailure {
  const meaning = meaningOf(error, table) ?? { kind: 'message', says: otherwise, isQuoted: true };
  const isWorthRetrying = error.isTransient && meaning.kind !== 'throttled';
  return {
    kind: isWorthRetrying ? 'transient' : meaning.kind,
    code: codeOf(error),
    message: meaning.isQuoted ? withReason(meaning.says, error.text) : meaning.says,
    ...(meaning.retryAfterMs !== undefined && { retryAfterMs: meaning.retryAfterMs }),
    ...(meaning.isRecipientOnly && { isRecipientOnly: true }),
  };
}

function codeOf({ code, subcode }: GraphError): string {
  return subcode === null ? String(code ?? 'unknown') : `${code ?? ''}/${subcode}`;
}

function meaningOf({ code, subcode, text }: GraphError, all: readonly Meaning[]): Omit<Meaning, 'codes'> | undefined {
  if (code === null) return undefined;
  const table = all.filter(({ words }) => words?.test(text ?? '') ?? true);
  const exact = (wanted: string | number) => table.find(({ codes }) => codes.includes(wanted));
  const inRange = table.find(({ codes }) => codes.some((at) => Array.isArray(at) && at[0] <= code && code <= at[1]));
  return exact(`${code}/${subcode ?? ''}`) ?? exact(code) ?? inRange;
}

function withReason(sentence: string, reason: string | null): string {
  if (reason === null) return `${sentence}.`;
  return `${sentence}: ${reason.replace(TOKEN_LIKE, '…').slice(0, LONGEST_TEXT)}`;
}
