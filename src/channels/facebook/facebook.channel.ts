/** The Facebook Messenger channel. Source: Messenger Platform webhooks reference. */

import type { Channel, ChannelEvent, Json, JsonObject } from '../channel.js';
import { answerMetaHandshake, isSignedByMeta } from '../meta.signature.js';
import { type Entry, type PageItem, pageItemOf } from './facebook.envelope.js';
import { messagingEvent, otherEvent } from './facebook.events.js';
import { idOf, timeOf } from './facebook.fields.js';
import { isJsonObject, objectsIn, storable } from './facebook.storable.js';

/** An event lies inside the body, the list of entries, an entry, and its list of events. */
const LEVELS_AROUND_EVENT = 4;
const LEVELS_OF_EVENT = 50;

export const facebookChannel: Channel = {
  platform: 'facebook',
  answerHandshake: answerMetaHandshake,
  isSigned: isSignedByMeta,
  translate,
};

/** A body may hold entries of several pages, and each of them several events. */
function translate(body: unknown): ChannelEvent[] {
  const now = Date.now();
  const envelope = storable(body, LEVELS_AROUND_EVENT + LEVELS_OF_EVENT);
  if (!isJsonObject(envelope) || envelope.object !== 'page') return [];
  return objectsIn(envelope.entry).flatMap((entry) => eventsOfEntry(entry, now));
}

/** `standby`: another app owns the conversation, and answers. `changes`: not a message, such as a post on the page. */
function eventsOfEntry(entry: JsonObject, now: number): ChannelEvent[] {
  const oaId = idOf(entry.id);
  if (oaId === null) return [];
  const page: Entry = { oaId, time: timeOf(entry.time), now };
  const itemsOf = (list: Json | undefined): PageItem[] => objectsIn(list).map((item) => pageItemOf(item, page));
  return [
    ...itemsOf(entry.messaging).map(messagingEvent),
    ...itemsOf(entry.standby).map((item) => otherEvent(item, 'standby')),
    ...itemsOf(entry.changes).map((item) => otherEvent(item, 'changes')),
  ].filter((event) => event !== null);
}
