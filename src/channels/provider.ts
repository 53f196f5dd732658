/** What lies between a channel and its provider: requests, refusals, and who we are there. */

import type { Json, JsonObject } from './json.js';

/** Why a provider refused something, and what follows from it. */
export interface ProviderFailure {
  /**
   * `transient` and `throttled` are worth another try; `message` is final for this message; `token` asks for a new connection;
   * `account` is final for this message, and somebody must look after the page.
   */
  kind: 'transient' | 'throttled' | 'message' | 'token' | 'account';
  /** The provider's code, with its sub-code where there is one: `10/2018278`. Or a word of ours: `window_closed`. */
  code: string;
  /** A sentence that an agent understands, with the way out where there is one. */
  message: string;
  /** How long the provider wants to be left alone, in milliseconds, where it says so. */
  retryAfterMs?: number;
  /** Whether it is only this one customer whom we write to too fast. */
  isRecipientOnly?: boolean;
}

/** A provider said no. */
export class ProviderError extends Error {
  constructor(readonly failure: ProviderFailure) {
    super(failure.message);
    this.name = 'ProviderError';
  }
}

/** A request to a provider. At most one of `json`, `form` and `file` is its body. */
export interface ProviderRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  json?: JsonObject;
  form?: Record<string, string>;
  /** Sent as multipart/form-data, beside `form`. */
  file?: { field: string; name: string; contentType: string; bytes: Uint8Array };
}

/** `body` is parsed JSON, or the text where it is none. Header names are in lower case. */
export interface ProviderAnswer {
  status: number;
  headers: Record<string, string>;
  body: Json;
}

/** How a channel reaches its provider. Rejects with {@link NotSentError} or {@link NoAnswerError}. */
export interface Http {
  send(request: ProviderRequest): Promise<ProviderAnswer>;
  /** The bytes behind an address, at most `maxBytes` of them: more is a ProviderError of kind `message`, code `too_large`. */
  download(
    url: string,
    maxBytes: number,
    headers?: Record<string, string>,
  ): Promise<{ bytes: Uint8Array; contentType: string }>;
}

/** The request did not leave us: it can be made again. */
export class NotSentError extends Error {
  constructor(reason: string) {
    super(`The provider could not be reached: ${reason}`);
    this.name = 'NotSentError';
  }
}

/** The request left, and no answer came: nobody knows whether it was carried out. */
export class NoAnswerError extends Error {
  constructor(reason: string) {
    super(`The provider did not answer: ${reason}`);
    this.name = 'NoAnswerError';
  }
}

/** Where a provider is, and who we are there: from the settings of this server. */
export interface ProviderApp {
  apiUrl: string;
  oauthUrl: string;
  appId: string;
  appSecret: string;
  /** What webhook bodies are signed with. */
  webhookSecret: string;
  /** What a subscription handshake has to name. */
  verifyToken: string;
  /** The names of the ways to sign that are accepted, where the provider's own documents disagree. */
  signatures: readonly string[];
}

/** A connected page, with what opens it. `businessId`: the account that holds it, where the provider has such. */
export interface PageAccess {
  oaId: string;
  accessToken: string;
  businessId: string | null;
}

/** A page that a person may connect, as its provider shows it to them. */
export interface ConnectablePage extends PageAccess {
  name: string;
  avatarUrl: string | null;
  /** Whether their rights there are enough to answer messages. */
  canMessage: boolean;
}

/** A pair of tokens. `expiresInSeconds` is null where the access token does not end by itself. */
export interface Tokens {
  accessToken: string;
  refreshToken: string | null;
  expiresInSeconds: number | null;
}
