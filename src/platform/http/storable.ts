import type { ErrorDetail } from './app-error.js';

const DEEPEST = 32;

/**
 * What could not be kept as it is: NUL characters and lone surrogates, in values and keys; names that every JavaScript object
 * has, which class-transformer would drop without a word; and nesting beyond reason.
 * Checked for every request before anything else, so that no field has to think of it. Null where all is well.
 * Source: PostgreSQL manual, "JSON Types" and "Character Types".
 */
export function unstorable(value: unknown, path = '', depth = 0): ErrorDetail | null {
  if (typeof value === 'string')
    return isStorable(value) ? null : { path, message: 'must not contain NUL characters or lone surrogates' };
  if (typeof value !== 'object' || value === null) return null;
  if (depth === DEEPEST) return { path, message: `must not be nested deeper than ${DEEPEST} levels` };
  for (const [key, item] of Object.entries(value)) {
    const fault = unstorableEntry(key, item, path, depth);
    if (fault) return fault;
  }
  return null;
}

function unstorableEntry(key: string, item: unknown, parent: string, depth: number): ErrorDetail | null {
  if (!isStorable(key)) return { path: parent, message: 'must not have keys with NUL characters or lone surrogates' };
  const path = parent === '' ? key : `${parent}.${key}`;
  if (key in Object.prototype) return { path, message: 'is a name that no field can have: choose another' };
  return unstorable(item, path, depth + 1);
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}
