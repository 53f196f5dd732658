/** What Zalo's refusals mean. Source: Zalo OA documentation, table of error codes. */

import type { ProviderFailure } from '../provider.js';

interface Meaning {
  codes: number[];
  kind: ProviderFailure['kind'];
  /** For the agent who wrote the message. */
  says: string;
}

const MEANINGS: Meaning[] = [
  {
    codes: [-216, -220],
    kind: 'token',
    says: 'Zalo does not accept the token of this Official Account any more: connect the account again.',
  },
  { codes: [-32], kind: 'throttled', says: 'Zalo takes no more requests at the moment; this is tried again shortly.' },
  {
    codes: [-201],
    kind: 'message',
    says: 'Zalo says that something in this message, or the customer that it is for, is not valid.',
  },
  { codes: [-233], kind: 'message', says: 'Zalo does not take this kind of message: send it as a text instead.' },
  { codes: [-204, -205], kind: 'account', says: 'This Official Account does not exist on Zalo any more.' },
  {
    codes: [-209, -212],
    kind: 'account',
    says: 'Zalo does not let this app write for the Official Account: an administrator must allow it in Zalo.',
  },
  {
    codes: [-219],
    kind: 'account',
    says: "The Zalo app of this server was switched off: see Zalo's developer console.",
  },
  { codes: [-221], kind: 'account', says: 'Zalo has not verified this Official Account: have it verified first.' },
  {
    codes: [-223],
    kind: 'account',
    says: 'This Official Account is not authorized for that: see its console in Zalo.',
  },
  {
    codes: [-210, -211],
    kind: 'account',
    says: 'The quota of messages of this Official Account is used up: buy more in Zalo, or wait until it is renewed.',
  },
  {
    codes: [-224],
    kind: 'account',
    says: "This Official Account's package does not include such messages: upgrade it in Zalo.",
  },
  {
    codes: [-213],
    kind: 'message',
    says: 'This customer does not follow the Official Account: they have to follow it or write first.',
  },
  { codes: [-217], kind: 'message', says: 'This customer does not want to hear from the Official Account.' },
  {
    codes: [-218],
    kind: 'message',
    says: 'This customer has been sent as much as Zalo allows: wait until they write.',
  },
  { codes: [-227], kind: 'message', says: "This customer's Zalo account is blocked, or has not been used for long." },
  {
    codes: [-230, -232],
    kind: 'message',
    says: 'This customer has not written for too long, and Zalo takes no message until they write again: reach them by phone, or with a ZNS template from Zalo.',
  },
  { codes: [-244], kind: 'message', says: 'This customer does not accept messages of this kind.' },
  { codes: [-240], kind: 'account', says: 'Zalo has closed this way to send: the server needs a newer version.' },
];

const LONGEST_REASON = 300;
/** Some refusals might quote the token that they refuse. */
const TOKEN_LIKE = /[\w-]{40,}/g;

/** A code that the table lacks is final: a message that is sent twice is worse than one that an agent sends again. */
export function failureOf(code: number, reason: string | null): ProviderFailure {
  const meaning = MEANINGS.find(({ codes }) => codes.includes(code));
  const { kind, says } = meaning ?? { kind: 'message', says: unknown(reason) };
  return { kind, code: String(code), message: says };
}

/** A refusal at the door of Zalo's OAuth: only a new connection helps, unless it is a matter of pace. */
export function tokenFailureOf(code: number, reason: string | null): ProviderFailure {
  if (code === -32) return failureOf(code, reason);
  const says =
    SIGN_IN_REFUSALS.get(code) ?? `Zalo gives no new token${suffixOf(reason)} Connect the Official Account again.`;
  return { kind: 'token', code: String(code), message: says };
}

const SIGN_IN_REFUSALS = new Map([
  [-14002, 'Zalo does not know the app of this server, or it is switched off: ZALO_APP_ID and ZALO_APP_SECRET.'],
  [-14003, "Zalo expects another callback address: enter this server's in Zalo's developer console."],
]);

function unknown(reason: string | null): string {
  return `Zalo refused this${suffixOf(reason)}`;
}

function suffixOf(reason: string | null): string {
  return reason === null ? '.' : `: ${reason.replace(TOKEN_LIKE, '…').slice(0, LONGEST_REASON)}.`;
}
