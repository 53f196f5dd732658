/** Messenger's events that stand for a message. Source: webhooks reference, `messages`, `message_echoes`, `messaging_postbacks`. */

import type { ChannelEvent } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { attachmentsOf } from './facebook.attachments.js';
import type { CustomerItem } from './facebook.envelope.js';
import { dedupeKeyOf, idOf, textOf } from '../fields.js';
import { isJsonObject, withoutNulls } from '../storable.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A message that was written, echoed or taken back; null without an id, as nothing could refer to it. */
export function messageEvent(from: CustomerItem, message: JsonObject): ChannelEvent | null {
  const providerMessageId = idOf(message.mid);
  if (providerMessageId === null) return null;
  if (message.is_deleted === true) return deletedEvent(from, providerMessageId);
  // The page's own words must never pass for the customer's, even where the flag is missing.
  const isEcho = message.is_echo === true || isByThePage(from);
  return (isEcho ? echoedEvent : receivedEvent)(from, providerMessageId, message);
}

/** A pressed button, which stands for writing its title. Ones without a `mid` get an id made of what never changes. */
export function postbackEvent(from: CustomerItem, postback: JsonObject): ChannelEvent | null {
  if (isByThePage(from)) return null;
  const { oaId, senderId, moment } = from;
  const providerMessageId = idOf(postback.mid) ?? dedupeKeyOf('postback', oaId, senderId, moment);
  const [title, payload] = [textOf(postback.title), textOf(postback.payload)];
  return {
    kind: 'message.received',
    ...baseOf(from, dedupeKeyOf('message.received', providerMessageId)),
    providerMessageId,
    text: title ?? payload,
    attachments: [],
    metadata: { postback: { title, payload, ...withoutNulls({ referral: referralIn(postback) }) } },
  };
}

/** The fields that all events about a customer share. */
export function baseOf({ oaId, customerExternalId, occurredAt }: CustomerItem, dedupeKey: string) {
  return { oaId, customerExternalId, occurredAt, dedupeKey };
}

function isByThePage({ senderId, oaId }: CustomerItem): boolean {
  return senderId === oaId;
}

function receivedEvent(from: CustomerItem, providerMessageId: string, message: JsonObject): ChannelEvent {
  return {
    kind: 'message.received',
    ...baseOf(from, dedupeKeyOf('message.received', providerMessageId)),
    ...contentsOf(message),
    providerMessageId,
    metadata: metadataOf(message),
  };
}

/** `metadata` comes back as the sender gave it along: ours is our message's id, other apps' may be anything. */
function echoedEvent(from: CustomerItem, providerMessageId: string, message: JsonObject): ChannelEvent {
  const handedBack = textOf(message.metadata);
  return {
    kind: 'message.echoed',
    ...baseOf(from, dedupeKeyOf('message.echoed', providerMessageId)),
    ...contentsOf(message),
    providerMessageId,
    metadata: { ...metadataOf(message), ...withoutNulls({ appId: idOf(message.app_id) }) },
    ownMessageId: handedBack !== null && UUID.test(handedBack) ? handedBack.toLowerCase() : null,
  };
}

function deletedEvent(from: CustomerItem, providerMessageId: string): ChannelEvent {
  const dedupeKey = dedupeKeyOf('message.deleted', providerMessageId);
  return { kind: 'message.deleted', ...baseOf(from, dedupeKey), providerMessageId };
}

function contentsOf(message: JsonObject) {
  return { text: textOf(message.text), attachments: attachmentsOf(message.attachments) };
}

function metadataOf(message: JsonObject): JsonObject {
  return withoutNulls({
    quickReply: isJsonObject(message.quick_reply) ? textOf(message.quick_reply.payload) : null,
    replyTo: isJsonObject(message.reply_to) ? idOf(message.reply_to.mid) : null,
    referral: referralIn(message),
    tags: Array.isArray(message.tags) ? message.tags : null,
  });
}

/** How the customer came to write: an ad, a link, a plugin. */
function referralIn({ referral }: JsonObject): Json {
  return isJsonObject(referral) ? referral : null;
}
