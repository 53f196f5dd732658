/** WhatsApp's events about a whole account, and about what people want. Source: webhooks `account_update`, `user_preferences`. */

import type { AccountChanged, ChannelEvent } from '../channel-events.js';
import type { JsonObject } from '../json.js';
import { dateOf, dedupeKeyOf, digestOf, textOf } from '../fields.js';
import { isJsonObject } from '../storable.js';
import { baseOf, numberItemOf, otherEvent, type Change } from './whatsapp.envelope.js';

type Meaning = Pick<AccountChanged, 'kind' | 'reason'>;

const MEANINGS = new Map<string, Meaning>(
  Object.entries({
    PARTNER_REMOVED: {
      kind: 'account.removed',
      reason: 'The business account was taken away from this app in the WhatsApp Manager: connect it again.',
    },
    PARTNER_APP_UNINSTALLED: {
      kind: 'account.removed',
      reason: 'This app was removed from the business account: connect it again.',
    },
    ACCOUNT_DELETED: { kind: 'account.removed', reason: 'The WhatsApp business account was deleted.' },
    ACCOUNT_RESTRICTION: {
      kind: 'account.restricted',
      reason: 'WhatsApp restricted the business account: the WhatsApp Manager shows why, and for how long.',
    },
  } satisfies Record<string, Meaning>),
);

/** By `waba_ban_state`, which `DISABLED_UPDATE` has. */
const BAN_STATES = new Map<string, Meaning>(
  Object.entries({
    SCHEDULE_FOR_DISABLE: {
      kind: 'account.restricted',
      reason: 'WhatsApp is going to disable the business account: appeal in the WhatsApp Manager.',
    },
    DISABLE: {
      kind: 'account.restricted',
      reason: 'WhatsApp disabled the business account: appeal in the WhatsApp Manager.',
    },
    REINSTATE: { kind: 'account.restored', reason: 'WhatsApp gave the business account back.' },
  } satisfies Record<string, Meaning>),
);

/** It names no number: all of the account's are meant. What changes nothing for us is kept as `other`. */
export function accountEvent(change: Change): ChannelEvent | null {
  const { wabaId, value, time, now } = change;
  const meaning = meaningOf(value);
  if (wabaId === null || meaning === undefined) return otherEvent(change, change.field, value);
  const dedupeKey = dedupeKeyOf(meaning.kind, time ?? '', digestOf(JSON.stringify(value)));
  return { ...meaning, oaId: wabaId, occurredAt: dateOf(time ?? now, now), dedupeKey };
}

/** Whether a person wants to hear from the business of its own accord. */
export function preferenceEvent(change: Change, item: JsonObject): ChannelEvent | null {
  const person = numberItemOf(change, item, ['wa_id', 'user_id']);
  const isKnown = item.value === 'stop' || item.value === 'resume';
  if (person === null || !isKnown) return otherEvent(change, change.field, item);
  const kind = item.value === 'stop' ? 'customer.unsubscribed' : 'customer.subscribed';
  const { customerExternalId, occurredAt } = person;
  return { kind, ...baseOf(person, dedupeKeyOf(kind, customerExternalId, occurredAt.getTime())) };
}

function meaningOf(value: JsonObject): Meaning | undefined {
  const ban = isJsonObject(value.ban_info) ? textOf(value.ban_info.waba_ban_state) : null;
  const event = textOf(value.event) ?? '';
  if (ban !== null) return BAN_STATES.get(ban);
  return event === 'DISABLED_UPDATE' ? BAN_STATES.get('DISABLE') : MEANINGS.get(event);
}
