import type { Table } from '../catalogue/catalogue.js';
import type { Session } from '../database/session.js';
import { SCHEMA } from '../database/sql.js';
import type { Step } from '../phases/phase.js';

/** How fast rows get their organization. */
export interface Rate {
  /** Rows a second, at worst and at best. */
  slowest: number;
  fastest: number;
  /** `measured` by what was backfilled in this database; otherwise as the batches usually are on small and on large machines. */
  is: 'measured' | 'usual';
}

export interface Growth {
  /** Of the table, by new versions of its rows, until VACUUM gives the old ones' room back. In bytes. */
  table: number;
  /** Of its indexes: entries of the new versions, and new indexes. In bytes. */
  indexes: number;
}

const USUAL: Rate = { slowest: 10_000, fastest: 80_000, is: 'usual' };
/** Batches wait for other work, and tables differ. */
const SPREAD = 2;
/** Bytes of large rows a second. */
const BYTES = { slowest: 10e6, fastest: 100e6 };
/** Of an organization's id in a row, and of an entry in an index that begins with it. */
const ID_BYTES = 24;
const ENTRY_BYTES = 56;

export async function rateOf(session: Session): Promise<Rate> {
  const { isThere } = await session.row<{ isThere: boolean }>(
    `SELECT to_regclass('${SCHEMA}.passes') IS NOT NULL AS "isThere"`,
  );
  if (!isThere) return USUAL;
  const { rows, seconds } = await session.row<{ rows: number; seconds: number }>(
    `SELECT coalesce(sum(rows_owned), 0)::float8 AS rows, coalesce(sum(busy_ms), 0)::float8 / 1000 AS seconds FROM ${SCHEMA}.passes`,
  );
  if (seconds < 1 || rows === 0) return USUAL;
  return { slowest: rows / seconds / SPREAD, fastest: (rows / seconds) * SPREAD, is: 'measured' };
}

/**
 * @param rows that are to be written
 * @param places tables that hold the rows: each gets indexes of its own
 */
export function growthOf(
  { bytes, totalBytes }: Pick<Table, 'bytes' | 'totalBytes'>,
  all: number,
  rows: number,
  steps: Step[],
  places: number,
): Growth {
  const share = all === 0 ? 0 : rows / all;
  const newIndexes = steps.filter(({ builds }) => builds !== undefined).length / Math.max(1, places);
  return {
    table: Math.round(share * bytes + rows * ID_BYTES),
    indexes: Math.round(share * (totalBytes - bytes) + newIndexes * all * ENTRY_BYTES),
  };
}

/** Of the backfill, in seconds, at best and at worst. */
export function secondsOf(
  { bytes }: Pick<Table, 'bytes'>,
  all: number,
  rows: number,
  { slowest, fastest }: Rate,
): [number, number] {
  const written = all === 0 ? 0 : (bytes * rows) / all;
  return [Math.max(rows / fastest, written / BYTES.fastest), Math.max(rows / slowest, written / BYTES.slowest)];
}
