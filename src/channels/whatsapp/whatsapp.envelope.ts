/** What surrounds every WhatsApp event: the account, the number, the person, the time. Source: Cloud API webhooks reference. */

import type { CustomerProfile, OtherEvent } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { dateOf, dedupeKeyOf, digestOf, idOf, textOf, timeOf } from '../fields.js';
import { isJsonObject, objectsIn, storableText } from '../storable.js';

/** One change of an entry. `numberId` is null where it is about the whole account. */
export interface Change {
  field: string;
  wabaId: string | null;
  numberId: string | null;
  value: JsonObject;
  /** The entry's own, in milliseconds. */
  time: number | null;
  now: number;
}

/** One message, status or preference of a number, and who it is about. */
export interface NumberItem {
  oaId: string;
  occurredAt: Date;
  customerExternalId: string;
  profile: CustomerProfile;
  item: JsonObject;
}

/** The names of the fields that say who it is about: by phone number, and by the id that only this business knows. */
export type Party = readonly [number: string, userId: string];

const LONGEST_TYPE = 100;
const PHONE_NUMBER = /^\d{5,15}$/;

export function changeOf(change: JsonObject, wabaId: string | null, time: number | null, now: number): Change {
  const value = isJsonObject(change.value) ? change.value : {};
  const metadata = isJsonObject(value.metadata) ? value.metadata : {};
  return {
    field: textOf(change.field) ?? 'messages',
    wabaId,
    numberId: idOf(metadata.phone_number_id),
    value,
    time,
    now,
  };
}

/** Null where the number or the person cannot be told. */
export function numberItemOf(change: Change, item: JsonObject, [number, userId]: Party): NumberItem | null {
  const contact = contactOf(change, idOf(item[number]), idOf(item[userId]));
  const ids = [item[number], contact.wa_id, item[userId], contact.user_id].map(idOf).filter((id) => id !== null);
  const [customerExternalId, ...otherIds] = [...new Set(ids)];
  if (change.numberId === null || customerExternalId === undefined) return null;
  const profile = profileOf(contact, customerExternalId, otherIds);
  return { oaId: change.numberId, occurredAt: dateIn(change, item), customerExternalId, profile, item };
}

/** The fields that all events about a customer share. */
export function baseOf({ oaId, customerExternalId, occurredAt, profile }: NumberItem, dedupeKey: string) {
  const hasProfile = Object.keys(profile).length > 0;
  return { oaId, customerExternalId, occurredAt, dedupeKey, ...(hasProfile && { profile }) };
}

/** Something to keep as it came, at the number or else at the account; null where neither is named. */
export function otherEvent(change: Change, name: string, payload: JsonObject): OtherEvent | null {
  const oaId = change.numberId ?? change.wabaId;
  if (oaId === null) return null;
  const type = storableText(name.slice(0, LONGEST_TYPE));
  const dedupeKey = dedupeKeyOf('other', type, change.time ?? '', digestOf(JSON.stringify(payload)));
  const event: OtherEvent = { kind: 'other', type, oaId, occurredAt: dateIn(change, payload), dedupeKey, payload };
  return change.numberId === null ? { ...event, isOfAccount: true } : event;
}

function dateIn({ time, now }: Change, { timestamp }: JsonObject): Date {
  return dateOf(timeOf(timestamp) ?? time ?? now, now);
}

/** A number may be written in two ways (Brazil, Mexico), so the only contact beside the only message is the one. */
function contactOf({ value }: Change, number: string | null, userId: string | null): JsonObject {
  const contacts = objectsIn(value.contacts);
  const isTheirs = ({ wa_id, user_id }: JsonObject) =>
    (number !== null && idOf(wa_id) === number) || (userId !== null && idOf(user_id) === userId);
  const isAlone = contacts.length === 1 && objectsIn(value.messages).length === 1;
  return contacts.find(isTheirs) ?? (isAlone ? contacts[0] : undefined) ?? {};
}

function profileOf(contact: JsonObject, externalId: string, otherIds: string[]): CustomerProfile {
  const displayName = nameIn(contact.profile);
  const phone = [externalId, ...otherIds].find((id) => PHONE_NUMBER.test(id));
  return {
    ...(displayName !== null && { displayName }),
    ...(phone !== undefined && { phone: `+${phone}` }),
    ...(otherIds.length > 0 && { otherIds }),
  };
}

function nameIn(profile: Json | undefined): string | null {
  return isJsonObject(profile) ? (textOf(profile.name) ?? textOf(profile.username)) : null;
}
