import type { Table } from '../catalogue/catalogue.js';
import { ident, literal, SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';
import type { Derivation } from '../derivation/derivation.js';
import type { OwnerColumn } from '../derivation/owner-sql.js';
import { inRange } from './owner-statement.js';
import type { BlockRange } from './owner-statement.js';
import { reasonSql } from './reasons.js';
import { whyNotSql } from './writable.js';
import type { UncheckedConstraint } from './writable.js';

/** What is known of a table's rows without owner. */
export interface UnownedRows {
  table: string;
  /** All reasons taken together. */
  rows: number;
  /** How many, by reason. */
  reasons: Record<string, number>;
  /** Keys of a few of them. */
  examples: string[];
}

const MOST_EXAMPLES = 3;

/** A statement that records the rows of a range that belong to nobody. */
export function recordSql(
  derivation: Derivation,
  holder: Table,
  column: OwnerColumn,
  constraints: UncheckedConstraint[],
  range: BlockRange,
): string {
  const reason = [...whyNotSql(holder, constraints), ...reasonSql(derivation, column)];
  return `INSERT INTO ${SCHEMA}.quarantine (table_name, row_key, reason)
    SELECT ${literal(derivation.table.name)}, ${keySql(derivation, holder)}, CASE WHEN false THEN NULL ${reason.join(' ')} END
    FROM ONLY ${holder.sql} AS t WHERE ${inRange(range)} AND t.${ident(column.name)} IS NULL
    ON CONFLICT (table_name, row_key) DO UPDATE SET reason = excluded.reason`;
}

export async function forgetUnowned(session: Session, { table }: Derivation): Promise<void> {
  await session.run(`DELETE FROM ${SCHEMA}.quarantine WHERE table_name = $1`, [table.name]);
}

export async function unownedRows(session: Session, { table }: Derivation): Promise<UnownedRows> {
  const counts = await session.rows<{ reason: string; rows: number }>(
    `SELECT reason, count(*)::float8 AS rows FROM ${SCHEMA}.quarantine WHERE table_name = $1 GROUP BY reason ORDER BY rows DESC, reason`,
    [table.name],
  );
  const examples = await session.rows<{ key: string }>(
    `SELECT row_key::text AS key FROM ${SCHEMA}.quarantine WHERE table_name = $1 ORDER BY row_key LIMIT ${MOST_EXAMPLES}`,
    [table.name],
  );
  return {
    table: table.name,
    rows: counts.reduce((sum, { rows }) => sum + rows, 0),
    reasons: Object.fromEntries(counts.map(({ reason, rows }) => [reason, rows])),
    examples: examples.map(({ key }) => key),
  };
}

/** The primary key, or the row's place where there is none; with the holder, where that is not unique in the whole table. */
function keySql({ table }: Derivation, holder: Table): string {
  const isWhole = holder.oid === table.oid || (holder.isPartition && table.primaryKey !== null);
  const columns = (holder.isPartition ? table.primaryKey : null) ?? holder.primaryKey;
  const key = columns?.map((name) => `${literal(name)}, t.${ident(name)}`) ?? [`'ctid', t.ctid::text`];
  return `jsonb_build_object(${[...key, ...(isWhole ? [] : [`'in', ${literal(holder.name)}`])].join(', ')})`;
}
