/** The WhatsApp channel. Source: WhatsApp Business Platform, Cloud API. */

import type { Channel } from '../channel.js';
import type { ChannelEvent } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { idOf, timeOf } from '../fields.js';
import { answerMetaHandshake, isMetaProbe, metaSignatureOf } from '../meta.signature.js';
import { isJsonObject, objectsIn, storable } from '../storable.js';
import { accountEvent, preferenceEvent } from './whatsapp.account.js';
import { changeOf, otherEvent, type Change } from './whatsapp.envelope.js';
import { echoEvent, messageEvent } from './whatsapp.messages.js';
import { media, profile, signal, subscribe, unsubscribe } from './whatsapp.number.js';
import { parts } from './whatsapp.parts.js';
import { refusal } from './whatsapp.refusals.js';
import { send } from './whatsapp.sending.js';
import { statusEvent } from './whatsapp.statuses.js';

/** An event lies inside the body, the list of entries, an entry, its list of changes, a change, its value, and a list. */
const LEVELS_AROUND_EVENT = 7;
const LEVELS_OF_EVENT = 50;

/** What a number may send unless Meta allows it more. Source: Cloud API, throughput. */
const MESSAGES_PER_SECOND = 80;

export const whatsappChannel: Channel = {
  platform: 'whatsapp',
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

/** A body may hold entries of several accounts, and each of them changes of several numbers. */
function translate(body: unknown): ChannelEvent[] {
  const now = Date.now();
  const envelope = storable(body, LEVELS_AROUND_EVENT + LEVELS_OF_EVENT);
  if (!isJsonObject(envelope) || envelope.object !== 'whatsapp_business_account') return [];
  return objectsIn(envelope.entry).flatMap((entry) => eventsOfEntry(entry, now));
}

function eventsOfEntry(entry: JsonObject, now: number): ChannelEvent[] {
  const [wabaId, time] = [idOf(entry.id), timeOf(entry.time)];
  const changes = objectsIn(entry.changes).map((change) => changeOf(change, wabaId, time, now));
  return changes.flatMap(eventsOfChange).filter((event) => event !== null);
}

function eventsOfChange(change: Change): (ChannelEvent | null)[] {
  const { field, value } = change;
  const each = (list: Json | undefined, translated: (change: Change, item: JsonObject) => ChannelEvent | null) =>
    objectsIn(list).map((item) => translated(change, item));
  switch (field) {
    case 'messages':
      return [
        ...each(value.messages, messageEvent),
        ...each(value.statuses, statusEvent),
        ...each(value.errors, (_, error) => otherEvent(change, 'errors', error)),
      ];
    case 'smb_message_echoes':
      return each(value.message_echoes, echoEvent);
    case 'user_preferences':
      return each(value.user_preferences, preferenceEvent);
    case 'account_update':
      return [accountEvent(change)];
    default:
      return [otherEvent(change, field, value)];
  }
}
