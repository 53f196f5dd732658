import type { JsonObject } from '../channels/json.js';

/** What was sent, looked at with care: each of these answers with nothing where the value is of another kind. */

export function objectIn(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Numbers as text too: providers take ids as either. */
export function textIn(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
