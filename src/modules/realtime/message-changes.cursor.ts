import { AppError } from '../../platform/http/app-error.js';
import { positionOf } from '../../platform/http/pagination.js';
import type { Position } from '../../platform/http/pagination.js';

/**
 * A change shows when it commits, and is dated when it began: later ones may show before it. What is older than this has
 * committed, or never will: a statement may take 8 s, a change has a few, and the clocks of nodes differ a little.
 */
const SETTLED_AFTER_MS = 30_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** How far a client has read. */
export interface Reading {
  position: Position;
  /** From when on more may have come to show behind the client's back: there it begins again once it is at the end. */
  again: string | null;
}

/** Where a client begins that wants to hear of what happens from now on. */
export function cursorFromNow(): string {
  return cursorAt(settledUntil());
}

/** Null without one. 422 for what this server never gave out. */
export function readingOf({ cursor }: { cursor?: string }): Reading | null {
  const position = cursor === undefined ? null : positionOf({ cursor });
  if (!position || cursor === undefined) return null;
  const [, , again = null] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (again !== null && !isTime(again))
    throw AppError.invalidField('cursor', 'must be the nextCursor of the page before');
  return { position, again };
}

/** The cursor behind a page. `last`: its last row, where more may follow. */
export function cursorAfter({ again }: Reading, last: Position | undefined): string {
  const settled = settledUntil();
  if (last && last.at <= settled) return toText(last, again);
  const earliest = again !== null && again < settled ? again : settled;
  return last ? toText(last, earliest) : cursorAt(earliest);
}

function cursorAt(at: string): string {
  return toText({ at, id: FIRST_ID }, null);
}

function settledUntil(): string {
  return new Date(Date.now() - SETTLED_AFTER_MS).toISOString();
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;
}

function toText({ at, id }: Position, again: string | null): string {
  return Buffer.from([at, id, again].filter((part) => part !== null).join(' ')).toString('base64url');
}
