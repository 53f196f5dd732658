/** One Messenger event to one of ours. Source: Messenger Platform webhooks reference. */

import type { ChannelEvent, OtherEvent, WatermarkMoved } from '../channel-events.js';
import type { JsonObject } from '../json.js';
import { concernsItsPage, customerItemOf, type CustomerItem, type PageItem } from './facebook.envelope.js';
import { dateOf, dedupeKeyOf, digestOf, idOf, numberOf, textOf, timeOf } from '../fields.js';
import { baseOf, messageEvent, postbackEvent } from './facebook.messages.js';
import { isJsonObject, storableText } from '../storable.js';

type Translator = (from: CustomerItem, details: JsonObject) => ChannelEvent | null;

/** By the key that tells what an event is about. */
const TRANSLATORS: [key: string, translate: Translator][] = [
  ['message', messageEvent],
  ['postback', postbackEvent],
  ['delivery', (from, details) => watermarkEvent('messages.delivered', from, details)],
  ['read', (from, details) => watermarkEvent('messages.read', from, details)],
  ['reaction', reactionEvent],
  ['message_edit', editEvent],
];

/** Keys that may accompany any event, and do not tell what it is about. */
const ENVELOPE_KEYS = new Set(['sender', 'recipient', 'timestamp', 'hop_context', 'prior_message']);
const LONGEST_TYPE = 100;
const GREATEST_REVISION = 2 ** 31 - 1;

/**
 * An item of `messaging`. Null where it does not concern the page, or says nothing. What we do not know, or what lacks
 * something that we need, is kept as `other`.
 */
export function messagingEvent(page: PageItem): ChannelEvent | null {
  const type = Object.keys(page.item).find((key) => !ENVELOPE_KEYS.has(key));
  if (type === undefined || !concernsItsPage(page)) return null;
  const from = customerItemOf(page);
  return (from && knownEvent(from)) ?? otherEvent(page, type);
}

/** Something to keep as it came. The digest tells apart what happened in one moment. */
export function otherEvent({ oaId, occurredAt, moment, senderId, item }: PageItem, name: string): OtherEvent {
  const type = storableText(name.slice(0, LONGEST_TYPE));
  const dedupeKey = dedupeKeyOf('other', type, senderId ?? '', moment, digestOf(JSON.stringify(item)));
  return { kind: 'other', type, oaId, occurredAt, dedupeKey, payload: item };
}

function knownEvent(from: CustomerItem): ChannelEvent | null {
  for (const [key, translate] of TRANSLATORS) {
    const details = from.item[key];
    if (isJsonObject(details)) return translate(from, details);
  }
  return null;
}

/** A receipt without a usable watermark says nothing beyond the messages that it names: its `until` is 1970. */
function watermarkEvent(kind: WatermarkMoved['kind'], from: CustomerItem, details: JsonObject): ChannelEvent | null {
  const watermark = timeOf(details.watermark);
  const mids = Array.isArray(details.mids) ? details.mids : [];
  const providerMessageIds = mids.map(idOf).filter((mid) => mid !== null);
  if (watermark === null && providerMessageIds.length === 0) return null;
  const dedupeKey = dedupeKeyOf(kind, from.senderId, from.moment, watermark ?? '', ...providerMessageIds);
  return { kind, ...baseOf(from, dedupeKey), until: dateOf(watermark ?? 0, from.now), providerMessageIds };
}

/** Older events name the reaction (`smile`), newer ones have the emoji beside it. */
function reactionEvent(from: CustomerItem, details: JsonObject): ChannelEvent | null {
  const { senderId, moment } = from;
  const providerMessageId = idOf(details.mid);
  const action = details.action === 'unreact' ? 'unreact' : 'react';
  const emoji = action === 'unreact' ? null : (textOf(details.emoji) ?? textOf(details.reaction));
  if (providerMessageId === null || (action === 'react' && emoji === null)) return null;
  const dedupeKey = dedupeKeyOf('message.reacted', providerMessageId, senderId, action, moment);
  return { kind: 'message.reacted', ...baseOf(from, dedupeKey), providerMessageId, reactorId: senderId, emoji };
}

/** Without its number an edit cannot be put in order with others, so such a one is not understood. */
function editEvent(from: CustomerItem, details: JsonObject): ChannelEvent | null {
  const providerMessageId = idOf(details.mid);
  const revision = numberOf(details.num_edit);
  if (providerMessageId === null || typeof details.text !== 'string' || !isRevision(revision)) return null;
  const dedupeKey = dedupeKeyOf('message.edited', providerMessageId, revision);
  return { kind: 'message.edited', ...baseOf(from, dedupeKey), providerMessageId, text: details.text, revision };
}

function isRevision(number: number | null): number is number {
  return number !== null && Number.isInteger(number) && number >= 0 && number <= GREATEST_REVISION;
}
