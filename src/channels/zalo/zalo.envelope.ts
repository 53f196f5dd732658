/** What every Zalo event says: the Official Account, the person, the time. Source: Zalo OA documentation, webhook events. */

import type { JsonObject } from '../json.js';
import { dateOf, digestOf, idOf, textOf, timeOf } from '../fields.js';
import { isJsonObject } from '../storable.js';

/** One event, with its sides told apart. */
export interface ZaloEvent {
  name: string;
  oaId: string;
  /** Who wrote, pressed or follows; null where the event is about the account alone. */
  customerExternalId: string | null;
  senderId: string | null;
  /** Whether nothing says which side is the account, so that it may be the other one. */
  isSideGuessed: boolean;
  occurredAt: Date;
  /** The event's own time, or where it has none a digest: unlike `occurredAt` the same at every delivery. */
  moment: string;
  body: JsonObject;
  /** Empty where the event is none about a message. */
  message: JsonObject;
}

/** An event of which the person is known. */
export interface CustomerEvent extends ZaloEvent {
  customerExternalId: string;
}

/** Null where the body names no event, or no account. */
export function zaloEventOf(body: JsonObject, now: number): ZaloEvent | null {
  const name = textOf(body.event_name);
  const parties = name === null ? null : partiesOf(name, body);
  if (name === null || parties === null) return null;
  const sentAt = timeOf(body.timestamp);
  return {
    name,
    ...parties,
    occurredAt: dateOf(sentAt ?? now, now),
    moment: sentAt === null ? digestOf(JSON.stringify(body)) : String(sentAt),
    body,
    message: isJsonObject(body.message) ? body.message : {},
  };
}

export function isOfCustomer(event: ZaloEvent): event is CustomerEvent {
  return event.customerExternalId !== null;
}

/**
 * Management events name the account in `oa_id` and the person in `user_id` or `follower`. Events about messages have two
 * sides: the account sends its own messages and the receipts, and receives everything else. Documents and captures
 * disagree about receipts.
 */
function partiesOf(name: string, body: JsonObject) {
  const [senderId, recipientId] = [idIn(body.sender), idIn(body.recipient)];
  const named = idOf(body.oa_id);
  const isSentByAccount = /^oa_/.test(name) || isReceipt(name);
  const oaId = named ?? (isSentByAccount ? senderId : recipientId);
  if (oaId === null) return null;
  const sides = isSentByAccount ? [recipientId, senderId] : [senderId, recipientId];
  const person = idOf(body.user_id) ?? idIn(body.follower) ?? sides.find((id) => id !== null && id !== oaId);
  return { oaId, senderId, customerExternalId: person ?? null, isSideGuessed: named === null && isReceipt(name) };
}

function isReceipt(name: string): boolean {
  return name === 'user_received_message' || name === 'user_seen_message';
}

function idIn(party: JsonObject[string] | undefined): string | null {
  return isJsonObject(party) ? idOf(party.id) : null;
}
