/** What surrounds every Messenger event: the page, the two sides, the time. Source: webhooks reference, common format. */

import type { JsonObject } from '../json.js';
import { dateOf, digestOf, idOf, timeOf } from '../fields.js';
import { isJsonObject } from '../storable.js';

/** One item of an entry's list, and the entry's own page and time. */
export interface PageItem {
  oaId: string;
  occurredAt: Date;
  /** The item's own time, or where it has none a digest: unlike `occurredAt` the same at every delivery. */
  moment: string;
  senderId: string | null;
  recipientId: string | null;
  item: JsonObject;
  now: number;
}

/** An item of which both sides are known. */
export interface CustomerItem extends PageItem {
  senderId: string;
  customerExternalId: string;
}

export interface Entry {
  oaId: string;
  time: number | null;
  now: number;
}

export function pageItemOf(item: JsonObject, { oaId, time, now }: Entry): PageItem {
  const sentAt = timeOf(item.timestamp);
  return {
    oaId,
    occurredAt: dateOf(sentAt ?? time ?? now, now),
    moment: sentAt === null ? digestOf(JSON.stringify(item)) : String(sentAt),
    senderId: sideOf(item, 'sender'),
    recipientId: sideOf(item, 'recipient'),
    item,
    now,
  };
}

/**
 * The customer of an item that concerns its page: whichever side is not the page, for receipts have been seen with the
 * page on either. Null where a side is missing, or the page is both.
 */
export function customerItemOf(page: PageItem): CustomerItem | null {
  const { senderId, recipientId, oaId } = page;
  if (senderId === null || recipientId === null || senderId === recipientId) return null;
  return { ...page, senderId, customerExternalId: senderId === oaId ? recipientId : senderId };
}

/** Whether the page is one of the two sides; an event between others is none of this entry's business. */
export function concernsItsPage({ senderId, recipientId, oaId }: PageItem): boolean {
  return senderId === oaId || recipientId === oaId;
}

function sideOf(item: JsonObject, side: 'sender' | 'recipient'): string | null {
  const party = item[side];
  return isJsonObject(party) ? idOf(party.id) : null;
}
