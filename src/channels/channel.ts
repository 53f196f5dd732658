/** The contract that every channel fulfils: pure translation between a provider's wire format and ours, both ways. */

import type { Attachment, ChannelEvent, CustomerProfile } from './channel-events.js';
import type { OutgoingMessage, Signal } from './outgoing.js';
import type { Http, PageAccess, ProviderApp, ProviderFailure, Tokens } from './provider.js';

export const PLATFORMS = ['facebook', 'zalo', 'whatsapp', 'api'] as const;

export type Platform = (typeof PLATFORMS)[number];

/**
 * What Polydesk has to know of a provider. Whatever goes out goes through the `http` that is handed in, and rejects with
 * ProviderError, NotSentError or NoAnswerError.
 */
export interface Channel {
  readonly platform: Platform;

  /** How many messages a second one page may send. */
  readonly messagesPerSecond: number;

  /** The text to answer a subscription handshake with, or null where it is not one or the token is wrong. */
  answerHandshake(query: Record<string, unknown>, app: ProviderApp): string | null;

  /** Whether a body is the provider's unsigned trial of our address, which asks for nothing. */
  isProbe(rawBody: Buffer): boolean;

  /** The name of the way in which `rawBody` was signed; null for a missing, malformed or wrong signature. Takes the same time. */
  signatureOf(rawBody: Buffer, headers: Record<string, string | string[] | undefined>, app: ProviderApp): string | null;

  /** Every event of a webhook body, in its order. Never throws: what is not understood is left out or comes as `other`. */
  translate(body: unknown): ChannelEvent[];

  /** The message in pieces that are one request each, in their order. */
  parts(message: OutgoingMessage): OutgoingMessage[];

  /** Why a message may not be written now, or null. `lastHeardAt`: when the customer last wrote, null for never. */
  refusal(message: OutgoingMessage, lastHeardAt: Date | null, now: Date): ProviderFailure | null;

  /** Sends one part; resolves with the provider's id of it. */
  send(part: OutgoingMessage, page: PageAccess, app: ProviderApp, http: Http): Promise<string>;

  /** Does nothing where the provider has no such thing. `providerMessageId`: the customer's newest message. */
  signal(
    signal: Signal,
    to: { customerExternalId: string; providerMessageId: string | null },
    page: PageAccess,
    app: ProviderApp,
    http: Http,
  ): Promise<void>;

  /** Lets the provider send us the page's events, and ends it. */
  subscribe(page: PageAccess, app: ProviderApp, http: Http): Promise<void>;
  unsubscribe(page: PageAccess, app: ProviderApp, http: Http): Promise<void>;

  /** What the provider says of a person who writes; null where it says nothing. */
  profile(customerExternalId: string, page: PageAccess, app: ProviderApp, http: Http): Promise<CustomerProfile | null>;

  /** Where an attachment of a received message can be fetched now, with the headers that takes. */
  media(
    attachment: Attachment,
    page: PageAccess,
    app: ProviderApp,
    http: Http,
  ): Promise<{ url: string; headers: Record<string, string> } | null>;

  /** A new pair of tokens, where access tokens end; the old pair may be dead from then on. */
  refresh?(refreshToken: string, app: ProviderApp, http: Http): Promise<Tokens>;
}
