/** Zalo's events that stand for a message. Source: Zalo OA documentation, webhook events of messages. */

import type { ChannelEvent, MessageEchoed, MessageReceived } from '../channel-events.js';
import type { JsonObject } from '../json.js';
import { dedupeKeyOf, idOf, textOf } from '../fields.js';
import { isJsonObject, withoutNulls } from '../storable.js';
import { attachmentsOf } from './zalo.attachments.js';
import type { CustomerEvent } from './zalo.envelope.js';

/** A message of the customer; null without an id, as nothing could refer to it. */
export function receivedEvent(from: CustomerEvent): ChannelEvent | null {
  return messageOf(from, 'message.received', (message): MessageReceived => ({ kind: 'message.received', ...message }));
}

/**
 * What the account wrote: through this API, in Zalo's console, or through another app. Zalo hands nothing back that would
 * name our message: its id has to.
 */
export function echoedEvent(from: CustomerEvent): ChannelEvent | null {
  const { sender } = from.body;
  const adminId = isJsonObject(sender) ? idOf(sender.admin_id) : null;
  return messageOf(from, 'message.echoed', (message): MessageEchoed => ({
    kind: 'message.echoed',
    ...message,
    metadata: { ...message.metadata, ...withoutNulls({ adminId }) },
    ownMessageId: null,
  }));
}

/** The fields that all events about a customer share. */
export function baseOf({ oaId, customerExternalId, occurredAt }: CustomerEvent, dedupeKey: string) {
  return { oaId, customerExternalId, occurredAt, dedupeKey };
}

function messageOf(
  from: CustomerEvent,
  kind: string,
  toEvent: (message: Omit<MessageReceived, 'kind'>) => ChannelEvent,
): ChannelEvent | null {
  const providerMessageId = idOf(from.message.msg_id);
  if (providerMessageId === null) return null;
  return toEvent({
    ...baseOf(from, dedupeKeyOf(kind, providerMessageId)),
    providerMessageId,
    text: textOf(from.message.text),
    attachments: attachmentsOf(from.message.attachments, from.name),
    metadata: metadataOf(from),
  });
}

/** An anonymous visitor writes in a conversation of its own; `user_id_by_app` is the person's id within the app. */
function metadataOf({ body, message }: CustomerEvent): JsonObject {
  return withoutNulls({
    replyTo: idOf(message.quote_msg_id),
    anonymousConversation: idOf(message.conversation_id),
    userIdByApp: idOf(body.user_id_by_app),
  });
}
