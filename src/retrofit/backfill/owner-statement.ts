import type { Table } from '../catalogue/catalogue.js';
import { ident } from '../database/sql.js';
import type { Answer, CopyAnswer, Derivation } from '../derivation/derivation.js';
import { joinSql, ownerSql } from '../derivation/owner-sql.js';
import type { OwnerColumn } from '../derivation/owner-sql.js';

/** Heap blocks, the last one not included. */
export interface BlockRange {
  from: number;
  to: number;
}

/** Where a statement writes. */
export interface Place {
  derivation: Derivation;
  holder: Table;
  column: OwnerColumn;
  /** SQL over a row called `t`: whether it can be written at all, or null where all can. See `placeOf`. */
  isWritable: string | null;
}

/** A condition of the rows, called by this name, that are in these blocks. A TID range scan reads nothing else (since PostgreSQL 14). */
export function inRange({ from, to }: BlockRange, row = 't'): string {
  return `${row}.ctid >= '(${from},0)'::tid AND ${row}.ctid < '(${to},0)'::tid`;
}

/** Gives the unowned rows of a range their owners; touches as many rows as it owns. */
export function ownSql(place: Place, range: BlockRange): string {
  const { derivation, holder, column } = place;
  const org = ident(column.name);
  const [answer, ...others] = derivation.answers;
  const update = `UPDATE ONLY ${holder.sql} AS t SET ${org} =`;
  const where = `WHERE ${inRange(range)} AND ${isUnowned(`t.${org}`)}${and(place)}`;
  if (answer && others.length === 0 && isOneParent(answer))
    return `${update} p.${ident(answer.owner)} FROM ${answer.parent.sql} AS p ${where} AND ${joinSql(answer.on, 't')} AND ${isOwned(`p.${ident(answer.owner)}`)}`;
  if (answer && others.length === 0 && alwaysAnswers(answer))
    return `${update} ${ownerSql(derivation, 't', column)} ${where}`;
  return `WITH found AS MATERIALIZED (${unownedSql(place, range)}) ${writeSql(place, range)} AND t.${org} IS NULL`;
}

/** The same, leaving rows out that somebody else has locked. */
export function ownFreeRowsSql(place: Place, range: BlockRange): string {
  const free = `SELECT t.ctid AS id, ${ownerSql(place.derivation, 't', place.column)} AS owner FROM ONLY ${place.holder.sql} AS t
    WHERE ${inRange(range)} AND t.${ident(place.column.name)} IS NULL${and(place)} FOR NO KEY UPDATE OF t SKIP LOCKED`;
  return `WITH found AS MATERIALIZED (${free}) ${writeSql(place, range)} AND found.owner IS NOT NULL`;
}

/**
 * Gives rows their owner that have none, or another one; answers how many it found. It never takes an owner away. Of the found
 * ones it leaves those that somebody changes at the same time: the next round sees them again.
 */
export function mendSql(place: Place, range: BlockRange): string {
  return `WITH found AS MATERIALIZED (${wrongSql(place, range)}), mended AS (${writeSql(place, range)})
    SELECT count(*)::float8 AS rows FROM found`;
}

/** Gives the unowned rows of a range to one organization. */
export function giveSql(place: Place, range: BlockRange, ownerLiteral: string): string {
  const org = ident(place.column.name);
  return `UPDATE ONLY ${place.holder.sql} AS t SET ${org} = ${ownerLiteral} WHERE ${inRange(range)} AND t.${org} IS NULL${and(place)}`;
}

/** A row changed meanwhile is at another place (ctid), and left alone. */
function writeSql({ holder, column }: Place, range: BlockRange): string {
  return `UPDATE ONLY ${holder.sql} AS t SET ${ident(column.name)} = found.owner FROM found WHERE t.ctid = found.id AND ${inRange(range)}`;
}

function unownedSql(place: Place, range: BlockRange): string {
  return `SELECT * FROM (${everyRowSql(place, range)} AND t.${ident(place.column.name)} IS NULL OFFSET 0) AS f WHERE f.owner IS NOT NULL`;
}

function wrongSql(place: Place, range: BlockRange): string {
  const { derivation, holder, column } = place;
  const [answer, ...others] = derivation.answers;
  const org = ident(column.name);
  if (answer && others.length === 0 && isOneParent(answer)) {
    const theirs = `p.${ident(answer.owner)}`;
    // What stood in a column that was there before is right, whatever its parents say.
    const differs = derivation.hasColumn ? `t.${org} IS NULL` : `t.${org} IS DISTINCT FROM ${theirs}`;
    return `SELECT t.ctid AS id, ${theirs} AS owner FROM ONLY ${holder.sql} AS t JOIN ${answer.parent.sql} AS p ON ${joinSql(answer.on, 't')}
      WHERE ${inRange(range)} AND ${isOwned(theirs)} AND ${differs}${and(place)}`;
  }
  const isWrong = derivation.hasColumn ? 'f.was IS NULL' : 'f.owner IS DISTINCT FROM f.was';
  return `SELECT f.id, f.owner FROM (${everyRowSql(place, range)} OFFSET 0) AS f WHERE f.owner IS NOT NULL AND ${isWrong}`;
}

function everyRowSql(place: Place, range: BlockRange): string {
  const { derivation, holder, column } = place;
  return `SELECT t.ctid AS id, t.${ident(column.name)} AS was, ${ownerSql(derivation, 't', column)} AS owner
    FROM ONLY ${holder.sql} AS t WHERE ${inRange(range)}${and(place)}`;
}

/**
 * In words that tell the planner nothing. It would believe what the last ANALYZE found, at best before the backfill: that no
 * parent has an owner, and that therefore a batch is best begun at the parents.
 */
const isOwned = (owner: string): string => `num_nulls(${owner}) <> 1`;
const isUnowned = (owner: string): string => `num_nulls(${owner}) <> 0`;

const and = ({ isWritable }: Place): string => (isWritable === null ? '' : ` AND ${isWritable}`);

function isOneParent(answer: Answer): answer is CopyAnswer {
  return answer.kind === 'copy' && answer.isUnique;
}

function alwaysAnswers(answer: Answer): boolean {
  return answer.kind === 'default' || (answer.kind === 'itself' && answer.where === null);
}
