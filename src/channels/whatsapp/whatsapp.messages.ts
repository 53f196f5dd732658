/** WhatsApp's events that are, or are about, a message of the customer. Source: Cloud API webhooks reference, `messages`. */

import type { ChannelEvent } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { dedupeKeyOf, idOf, textOf } from '../fields.js';
import { isJsonObject } from '../storable.js';
import { contentsOf } from './whatsapp.contents.js';
import { baseOf, numberItemOf, otherEvent, type Change, type NumberItem } from './whatsapp.envelope.js';

type Translator = (from: NumberItem, id: string, details: JsonObject) => ChannelEvent | null;

/** The types that are no messages of their own. */
const TRANSLATORS = new Map<string, Translator>(
  Object.entries({
    reaction: reactionEvent,
    edit: editEvent,
    revoke: revokeEvent,
    // A new number is another customer to WhatsApp: who writes from it is not proven to be the same person.
    system: () => null,
  } satisfies Record<string, Translator>),
);

/** What lacks something that we need, or is none of the customer's doing, is kept as `other`. */
export function messageEvent(change: Change, item: JsonObject): ChannelEvent | null {
  const from = numberItemOf(change, item, ['from', 'from_user_id']);
  const id = idOf(item.id);
  const type = textOf(item.type) ?? 'messages';
  if (from === null || id === null) return otherEvent(change, type, item);
  const translate = TRANSLATORS.get(type) ?? receivedEvent;
  return translate(from, id, objectOf(item[type])) ?? otherEvent(change, type, item);
}

/** What the business wrote in its own WhatsApp app. Changes and reactions that it made there are kept as `other`. */
export function echoEvent(change: Change, item: JsonObject): ChannelEvent | null {
  const to = numberItemOf(change, item, ['to', 'to_user_id']);
  const id = idOf(item.id);
  const type = textOf(item.type) ?? '';
  if (to === null || id === null || TRANSLATORS.has(type)) return otherEvent(change, change.field, item);
  return {
    kind: 'message.echoed',
    ...baseOf(to, dedupeKeyOf('message.echoed', id)),
    providerMessageId: id,
    ...contentsOf(item),
    ownMessageId: null,
  };
}

function receivedEvent(from: NumberItem, id: string): ChannelEvent {
  const base = baseOf(from, dedupeKeyOf('message.received', id));
  return { kind: 'message.received', ...base, providerMessageId: id, ...contentsOf(from.item) };
}

/** Without an emoji it was taken back. */
function reactionEvent(from: NumberItem, id: string, { message_id: target, emoji }: JsonObject): ChannelEvent | null {
  const providerMessageId = idOf(target);
  if (providerMessageId === null) return null;
  const base = baseOf(from, dedupeKeyOf('message.reacted', id));
  const reactorId = from.customerExternalId;
  return { kind: 'message.reacted', ...base, providerMessageId, reactorId, emoji: textOf(emoji) };
}

/** Edits are not numbered, but they have a time in seconds, which grows. */
function editEvent(from: NumberItem, id: string, details: JsonObject): ChannelEvent | null {
  const providerMessageId = targetOf(from.item, details);
  const { text } = contentsOf(objectOf(details.message ?? details));
  if (providerMessageId === null || text === null) return null;
  const base = baseOf(from, dedupeKeyOf('message.edited', id));
  const revision = Math.trunc(from.occurredAt.getTime() / 1_000);
  return { kind: 'message.edited', ...base, providerMessageId, text, revision };
}

function revokeEvent(from: NumberItem, id: string, details: JsonObject): ChannelEvent | null {
  const providerMessageId = targetOf(from.item, details);
  if (providerMessageId === null) return null;
  return { kind: 'message.deleted', ...baseOf(from, dedupeKeyOf('message.deleted', id)), providerMessageId };
}

/** The earlier message that this one changes. */
function targetOf({ context }: JsonObject, details: JsonObject): string | null {
  return idOf(details.original_message_id) ?? idOf(details.message_id) ?? idOf(objectOf(context).id);
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
