/** One Zalo event to one of ours. Source: Zalo OA documentation, webhook events. */

import type { ChannelEvent, OtherEvent, SubscriptionChanged, WatermarkMoved } from '../channel-events.js';
import { dedupeKeyOf, digestOf, idOf } from '../fields.js';
import { storableText } from '../storable.js';
import { type CustomerEvent, isOfCustomer, type ZaloEvent } from './zalo.envelope.js';
import { baseOf, echoedEvent, receivedEvent } from './zalo.messages.js';

type Translator = (from: CustomerEvent) => ChannelEvent | null;

/** By the event's name. What is said in groups is no conversation with one person. */
const TRANSLATORS: [name: RegExp, translate: Translator][] = [
  [/^(user|anonymous)_send_(?!group)/, receivedEvent],
  [/^oa_send_(?!group)/, echoedEvent],
  [/^user_received_message$/, (from) => receiptOf('messages.delivered', from)],
  [/^user_seen_message$/, (from) => receiptOf('messages.read', from)],
  [/^(user|oa)_reacted_message$/, reactionEvent],
  [/^follow$/, (from) => subscriptionEvent('customer.subscribed', from)],
  [/^unfollow$/, (from) => subscriptionEvent('customer.unsubscribed', from)],
  [/^user_withdraw$/, withdrawalEvent],
];

/** Zalo's names of the six reactions that its applications offer. Others stay as they came. */
const EMOJI = new Map([
  ['/-heart', '❤️'],
  ['/-strong', '👍'],
  [':>', '😆'],
  [':o', '😮'],
  [':-((', '😭'],
  [':-h', '😡'],
]);
const TAKEN_BACK = new Set(['', '/-remove']);
const LONGEST_TYPE = 100;

/** What we do not know, or what lacks something that we need, is kept as `other`. */
export function eventOf(event: ZaloEvent): ChannelEvent {
  const translate = TRANSLATORS.find(([name]) => name.test(event.name))?.[1];
  return (translate && isOfCustomer(event) ? translate(event) : null) ?? otherEvent(event);
}

/** Something to keep as it came. The digest tells apart what happened in one moment. */
function otherEvent({ oaId, name, customerExternalId, occurredAt, moment, body }: ZaloEvent): OtherEvent {
  const type = storableText(name.slice(0, LONGEST_TYPE));
  const dedupeKey = dedupeKeyOf('other', type, customerExternalId ?? '', moment, digestOf(JSON.stringify(body)));
  return { kind: 'other', type, oaId, occurredAt, dedupeKey, payload: body };
}

/** Zalo names the messages, one or several, and says nothing of those before: `until` is 1970. */
function receiptOf(kind: WatermarkMoved['kind'], from: CustomerEvent): ChannelEvent | null {
  const { oaId, customerExternalId, message, moment, isSideGuessed } = from;
  const several = Array.isArray(message.msg_ids) ? message.msg_ids : [];
  const providerMessageIds = [message.msg_id, ...several].map(idOf).filter((id) => id !== null);
  if (providerMessageIds.length === 0) return null;
  const dedupeKey = dedupeKeyOf(kind, moment, ...providerMessageIds);
  const otherReading = { oaId: customerExternalId, customerExternalId: oaId };
  const base = { ...baseOf(from, dedupeKey), ...(isSideGuessed && { otherReading }) };
  return { kind, ...base, until: new Date(0), providerMessageIds };
}

function reactionEvent(from: CustomerEvent): ChannelEvent | null {
  const { message, moment, oaId, customerExternalId } = from;
  const providerMessageId = idOf(message.msg_id);
  const icon = typeof message.react_icon === 'string' ? message.react_icon : null;
  if (providerMessageId === null || icon === null) return null;
  const reactorId = from.name.startsWith('oa_') ? oaId : customerExternalId;
  const dedupeKey = dedupeKeyOf('message.reacted', providerMessageId, reactorId, icon, moment);
  const emoji = TAKEN_BACK.has(icon) ? null : (EMOJI.get(icon) ?? icon);
  return { kind: 'message.reacted', ...baseOf(from, dedupeKey), providerMessageId, reactorId, emoji };
}

function subscriptionEvent(kind: SubscriptionChanged['kind'], from: CustomerEvent): ChannelEvent {
  return { kind, ...baseOf(from, dedupeKeyOf(kind, from.customerExternalId, from.moment)) };
}

function withdrawalEvent(from: CustomerEvent): ChannelEvent {
  const dedupeKey = dedupeKeyOf('customer.withdrew', from.customerExternalId, from.moment);
  return { kind: 'customer.withdrew', ...baseOf(from, dedupeKey) };
}
