/// <reference lib="es2024.string" />

/** Turns whatever a provider sent into JSON that PostgreSQL can store, without trusting its shape. */

import type { Json, JsonObject } from './json.js';

/**
 * A copy that fits `text` and `jsonb`: no NUL characters (PostgreSQL refuses them), no lone surrogates (jsonb refuses
 * them), only finite numbers. What lies below `levels` nested lists and objects becomes null, so that neither this nor
 * any later walk over the result can exhaust the stack.
 */
export function storable(value: unknown, levels: number): Json {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null || levels === 0) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => storable(item, levels - 1));
  return storableObject(value, levels - 1);
}

export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list, in their order; empty where it is no list. */
export function objectsIn(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** The given fields without those that are null. */
export function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** `__proto__` is left out: copied by assignment anywhere later, it would replace the copy's prototype. */
function storableObject(value: object, levels: number): JsonObject {
  const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, Json] => [
    storableText(key),
    storable(item, levels),
  ]);
  return Object.fromEntries(entries.filter(([key]) => key !== '__proto__'));
}
