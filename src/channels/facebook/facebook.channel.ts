/** The Facebook Messenger channel. Source: Messenger Platform webhooks reference, Send API reference. */

import type { Channel } from '../channel.js';
import type { ChannelEvent } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { answerMetaHandshake, isMetaProbe, metaSignatureOf } from '../meta.signature.js';
import { type Entry, type PageItem, pageItemOf } from './facebook.envelope.js';
import { messagingEvent, otherEvent } from './facebook.events.js';
import { media, profile, signal, subscribe, unsubscribe } from './facebook.page.js';
import { parts } from './facebook.parts.js';
import { refusal } from './facebook.refusals.js';
import { send } from './facebook.sending.js';
import { idOf, timeOf } from '../fields.js';
import { isJsonObject, objectsIn, storable } from '../storable.js';

/** An event lies inside the body, the list of entries, an entry, and its list of events. */
const LEVELS_AROUND_EVENT = 4;
const LEVELS_OF_EVENT = 50;

/** What the Send API bears for media; texts may come faster. Source: Messenger Platform, rate limits. */
const MESSAGES_PER_SECOND = 10;

export const facebookChannel: Channel = {
  platform: 'facebook',
  messagesPerSecond: MESSAGES_PER_SECOND,
  answerHandshake: answerMetaHandshake,
  isProbe: isMetaProbe,
  signatureOf: metaSignatureOf,
  translate,
  parts,
  refusal,
  send,
  signal,
  subscribe,
  unsubscribe,
  profile,
  media,
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
