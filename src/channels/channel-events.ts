/** What happens on a channel, in no provider's words. */

import type { JsonObject } from './json.js';
import type { ProviderFailure } from './provider.js';

/** One attachment of a message. `url` is the provider's, which may expire; whatever else it said is in `payload`. */
export interface Attachment {
  type: string;
  url: string | null;
  title?: string;
  payload?: JsonObject;
}

/** What every event says: whose page (`oaId`), and when. Ids are strings, exactly as the provider has them. */
interface PageEvent {
  oaId: string;
  occurredAt: Date;
  /** The same for every delivery of the same event, unique within the page. */
  dedupeKey: string;
}

/** An event that concerns one person who writes to the page. */
interface EventBase extends PageEvent {
  customerExternalId: string;
  /** Where the provider says more about this person along with the event. */
  profile?: CustomerProfile;
}

/** What a provider says of a person. `otherIds`: names that it also knows them by, and may use alone another time. */
export interface CustomerProfile {
  displayName?: string;
  avatarUrl?: string;
  phone?: string;
  otherIds?: string[];
}

/** Everything that the provider calls the person of an event, the name that it uses first. */
export function namesIn({ customerExternalId, profile }: Pick<EventBase, 'customerExternalId' | 'profile'>): string[] {
  return [customerExternalId, ...(profile?.otherIds ?? [])];
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
  /** The sides the other way round, where the provider does not say which one is the page: for when nobody has `oaId`. */
  otherReading?: { oaId: string; customerExternalId: string };
}

/** What the provider had accepted from us did not reach the customer after all. */
export interface MessageFailed extends EventBase {
  kind: 'message.failed';
  providerMessageId: string;
  failure: ProviderFailure;
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

/** The customer asks for everything about them to be erased. */
export interface CustomerWithdrew extends EventBase {
  kind: 'customer.withdrew';
}

/** The customer wants to hear from the page (again), or no more. */
export interface SubscriptionChanged extends EventBase {
  kind: 'customer.subscribed' | 'customer.unsubscribed';
}

/** The provider restricted the page or account, took it away from us, or gave it back. `reason` is for a person to read. */
export interface AccountChanged extends PageEvent {
  kind: 'account.restricted' | 'account.removed' | 'account.restored';
  reason: string;
}

/** Something that we keep as it came, and do nothing about. `type` is the provider's name for it. */
export interface OtherEvent extends PageEvent {
  kind: 'other';
  type: string;
  payload: JsonObject;
  /** It is about a whole account that holds pages, and `oaId` is the account's. */
  isOfAccount?: true;
}

export type ChannelEvent =
  | MessageReceived
  | MessageEchoed
  | WatermarkMoved
  | MessageFailed
  | MessageReacted
  | MessageEdited
  | MessageDeleted
  | CustomerWithdrew
  | SubscriptionChanged
  | AccountChanged
  | OtherEvent;
