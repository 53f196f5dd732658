import type { Table } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import type { Session } from '../database/session.js';
import type { Derivation } from '../derivation/derivation.js';
import type { OwnerColumn } from '../derivation/owner-sql.js';
import type { Place } from './owner-statement.js';

/** A constraint that was never held against the rows which were there before it. */
export interface UncheckedConstraint {
  name: string;
  /** SQL over the row's columns. */
  holds: string;
}

/** What the reason for such a row begins with; the constraint's name follows. */
export const UNWRITABLE = 'breaks constraint';

/**
 * PostgreSQL refuses every change of a row that breaks a CHECK (or since 18 a NOT NULL) which is NOT VALID, also a change of
 * other columns. Such rows can be given to nobody until somebody mends them.
 */
export async function uncheckedConstraints(
  session: Session,
  holder: Table,
  column: OwnerColumn,
): Promise<UncheckedConstraint[]> {
  return session.rows<{ name: string; holds: string }>(
    `SELECT c.conname AS name, CASE WHEN c.contype = 'c' THEN pg_get_expr(c.conbin, c.conrelid) ELSE format('%I IS NOT NULL', a.attname) END AS holds
     FROM pg_constraint c
     LEFT JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     LEFT JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attname = $2
     WHERE c.conrelid = $1 AND c.contype IN ('c', 'n') AND NOT c.convalidated AND NOT coalesce(own.attnum = ANY (c.conkey), false)
     ORDER BY c.conname`,
    [holder.oid, column.name],
  );
}

/** Where rows of a table are written. */
export async function placeOf(
  session: Session,
  derivation: Derivation,
  holder: Table,
  column: OwnerColumn,
): Promise<Place> {
  const constraints = await uncheckedConstraints(session, holder, column);
  return { derivation, holder, column, isWritable: writableSql(holder, constraints) };
}

/** A condition of rows called `t` that can be written; null where all can. */
function writableSql(holder: Table, constraints: UncheckedConstraint[]): string | null {
  if (constraints.length === 0) return null;
  return constraints.map(({ holds }) => `(${holdsSql(holder, holds)}) IS NOT FALSE`).join(' AND ');
}

/** SQL for the reason why a row called `t` cannot be written. */
export function whyNotSql(holder: Table, constraints: UncheckedConstraint[]): string[] {
  return constraints.map(
    ({ name, holds }) => `WHEN NOT (${holdsSql(holder, holds)}) THEN ${literal(`${UNWRITABLE} ${name}`)}`,
  );
}

/** In a query of its own, so that the condition's names can only mean columns of this row. */
function holdsSql({ localName }: Table, holds: string): string {
  return `SELECT (${holds}) FROM (SELECT t.*) AS ${ident(localName)}`;
}
