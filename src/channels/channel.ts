/** The contract that every channel fulfils: pure translation between a provider's wire format and ours. */

export const PLATFORMS = ['facebook', 'zalo', 'whatsapp', 'api'] as const;
export type Platform = (typeof PLATFORMS)[number];

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One attachment of a message. `url` is the provider's, which may expire; whatever else it said is in `payload`. */
export interface Attachment {
  type: string;
  url: string | null;
  title?: string;
  payload?: JsonObject;
}

/** What all events say: whose page (`oaId`), which person there, and when. Ids are strings, exactly as the provider has them. */
interface EventBase {
  oaId: string;
  customerExternalId: string;
  occurredAt: Date;
  /** The same for every delivery of the same event, unique within the page. */
  dedupeKey: string;
}

/** The customer wrote, or pressed something that stands for writing (postback, quick reply). */
export interface MessageReceived extends EventBase {
  kind: 'message.received';
  providerMessageId: string;
  text: string | null;
  attachments: Attachment[];
  metadata: JsonObject;
}

/** Somebody wrote as the page: we ourselves, or a person or another app elsewhere. */
export interface MessageEchoed extends EventBase {
  kind: 'message.echoed';
  providerMessageId: string;
  text: string | null;
  attachments: Attachment[];
  metadata: JsonObject;
  /** Our own message's id, where the provider hands back what we sent along with it. */
  ownMessageId: string | null;
}

/** Our messages up to `until` reached the customer, or were read. Named ones come in `providerMessageIds`. */
export interface WatermarkMoved extends EventBase {
  kind: 'messages.delivered' | 'messages.read';
  until: Date;
  providerMessageIds: string[];
}

/** `emoji` is null where a reaction was taken back. */
export interface MessageReacted extends EventBase {
  kind: 'message.reacted';
  providerMessageId: string;
  reactorId: string;
  emoji: string | null;
}

/** `revision` grows with every edit, so that a late one cannot undo a newer one. */
export interface MessageEdited extends EventBase {
  kind: 'message.edited';
  providerMessageId: string;
  text: string;
  revision: number;
}

/** The customer took a message back. */
export interface MessageDeleted extends EventBase {
  kind: 'message.deleted';
  providerMessageId: string;
}

/** Something that we keep as it came, and do nothing about. `type` is the provider's name for it. */
export interface OtherEvent {
  kind: 'other';
  type: string;
  oaId: string;
  occurredAt: Date;
  dedupeKey: string;
  payload: JsonObject;
}

export type ChannelEvent =
  MessageReceived | MessageEchoed | WatermarkMoved | MessageReacted | MessageEdited | MessageDeleted | OtherEvent;

export interface Channel {
  readonly platform: Platform;

  /** The challenge to answer a subscription handshake with, or null where it is not one or the token is wrong. */
  answerHandshake(query: Record<string, unknown>, verifyToken: string): string | null;

  /** Whether `rawBody` was signed with `secret`. Compares in constant time; false for a missing or malformed signature. */
  isSigned(rawBody: Buffer, headers: Record<string, string | string[] | undefined>, secret: string): boolean;

  /** Every event of a webhook body, in its order. Never throws: what is not understood is left out or comes as `other`. */
  translate(body: unknown): ChannelEvent[];
}
