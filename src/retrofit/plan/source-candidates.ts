import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { hasColumn, rootTables } from '../catalogue/tables.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import { foreignKeyEdges } from './edges.js';

/** A table whose rows organizations could be. */
export interface SourceCandidate {
  table: string;
  rows: number;
  /** Tables from which foreign keys lead to it, however far away. */
  reachedBy: number;
}

/** Those that most tables lead to first. */
export async function sourceCandidates(session: Session, catalogue: Catalogue): Promise<SourceCandidate[]> {
  const tables = rootTables(catalogue);
  const parents = new Map(
    tables.map((table) => [table, foreignKeyEdges(catalogue, table).map(({ parent }) => parent)]),
  );
  const reaching = new Map(tables.map((table) => [table, ancestorsOf(table, parents)]));
  const candidates: SourceCandidate[] = [];
  for (const table of tables.filter(({ mayBeRead, primaryKey }) => mayBeRead && primaryKey)) {
    const reachedBy = tables.filter((other) => other !== table && reaching.get(other)?.has(table)).length;
    if (reachedBy > 0) candidates.push({ table: table.name, rows: await countRows(session, table), reachedBy });
  }
  return candidates.toSorted((one, other) => other.reachedBy - one.reachedBy || one.rows - other.rows);
}

const MOST_TOLD = 12;

/** What to tell somebody who did not say where organizations come from. */
export async function noSource(session: Session, catalogue: Catalogue, column: string): Promise<RetrofitError> {
  const candidates = await sourceCandidates(session, catalogue);
  const holding = rootTables(catalogue).filter((table) => hasColumn(table, column));
  const lines = candidates
    .slice(0, MOST_TOLD)
    .map(
      ({ table, rows, reachedBy }) =>
        `--each ${table}  ${rows.toLocaleString('en-US')} rows; ${reachedBy} other tables lead to it`,
    );
  const existing =
    holding.length > 0
      ? [`--existing  the column ${column} is there already in ${holding.map(({ name }) => name).join(', ')}`]
      : [];
  return new RetrofitError(
    `Say where organizations come from: one for each row of a table (--each TABLE, --where CONDITION for some of its rows), one for all (--default ID), or those there are (--existing). What the foreign keys speak for:`,
    [...existing, ...lines],
  );
}

function ancestorsOf(table: Table, parents: Map<Table, Table[]>): Set<Table> {
  const found = new Set<Table>();
  const open = [...(parents.get(table) ?? [])];
  for (let next = open.pop(); next; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(parents.get(next) ?? []));
  }
  return found;
}

/** Exact where it is cheap; otherwise as the planner believes. */
async function countRows(session: Session, table: Table): Promise<number> {
  if (table.estimatedRows > MOST_COUNTED) return table.estimatedRows;
  const { rows } = await session.row<{ rows: number }>(
    `SELECT count(*)::int AS rows FROM (SELECT FROM ${table.sql} LIMIT ${MOST_COUNTED}) AS t`,
  );
  return rows;
}

const MOST_COUNTED = 1_000_000;
