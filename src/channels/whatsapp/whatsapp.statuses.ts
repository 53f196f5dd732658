/** What became of our messages. Source: Cloud API webhooks reference, `statuses`; Messages API, `biz_opaque_callback_data`. */

import type { ChannelEvent, WatermarkMoved } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import type { ProviderFailure } from '../provider.js';
import { dedupeKeyOf, idOf, textOf } from '../fields.js';
import { failureOf, graphErrorOf } from '../meta.failures.js';
import { objectsIn } from '../storable.js';
import { baseOf, numberItemOf, otherEvent, type Change, type NumberItem } from './whatsapp.envelope.js';
import { WHATSAPP } from './whatsapp.failures.js';

type Translator = (to: NumberItem, id: string, status: string) => ChannelEvent | null;

const TRANSLATORS = new Map<string, Translator>(
  Object.entries({
    sent: sentEvent,
    delivered: (to, id, status) => receiptEvent('messages.delivered', to, id, status),
    read: (to, id, status) => receiptEvent('messages.read', to, id, status),
    // Somebody listened to the voice message.
    played: (to, id, status) => receiptEvent('messages.read', to, id, status),
    failed: failedEvent,
    deleted: deletedEvent,
  } satisfies Record<string, Translator>),
);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NOT_DELIVERED = 'WhatsApp did not deliver this';
/** A receipt of WhatsApp says nothing beyond the message that it names. */
const NO_WATERMARK = new Date(0);

/** A status that we do not know is kept as `other`. */
export function statusEvent(change: Change, item: JsonObject): ChannelEvent | null {
  const to = numberItemOf(change, item, ['recipient_id', 'recipient_user_id']);
  const id = idOf(item.id);
  const status = textOf(item.status) ?? '';
  const translate = TRANSLATORS.get(status);
  const known = to !== null && id !== null && translate ? translate(to, id, status) : null;
  return known ?? otherEvent(change, `status ${status}`.trim(), item);
}

/** Hands back our message's id, also where the answer to our request was lost: the same as Messenger's echo. */
function sentEvent(to: NumberItem, id: string): ChannelEvent | null {
  const handedBack = textOf(to.item.biz_opaque_callback_data);
  if (handedBack === null || !UUID.test(handedBack)) return null;
  const base = baseOf(to, dedupeKeyOf('message.echoed', id));
  const contents = { text: null, attachments: [], metadata: {} };
  return {
    kind: 'message.echoed',
    ...base,
    providerMessageId: id,
    ...contents,
    ownMessageId: handedBack.toLowerCase(),
  };
}

function receiptEvent(kind: WatermarkMoved['kind'], to: NumberItem, id: string, status: string): ChannelEvent {
  const base = baseOf(to, dedupeKeyOf(kind, id, status));
  return { kind, ...base, until: NO_WATERMARK, providerMessageIds: [id] };
}

function failedEvent(to: NumberItem, id: string): ChannelEvent {
  const base = baseOf(to, dedupeKeyOf('message.failed', id));
  return { kind: 'message.failed', ...base, providerMessageId: id, failure: reasonIn(to.item.errors) };
}

function deletedEvent(to: NumberItem, id: string): ChannelEvent {
  return {
    kind: 'message.deleted',
    ...baseOf(to, dedupeKeyOf('message.deleted', id, 'status')),
    providerMessageId: id,
  };
}

/** The first reason is the one; statuses have been seen without any. */
function reasonIn(errors: Json | undefined): ProviderFailure {
  return failureOf(graphErrorOf(objectsIn(errors)[0] ?? {}), WHATSAPP.failures, NOT_DELIVERED);
}
