import { tableOf } from '../catalogue/tables.js';
import { hasColumn } from '../catalogue/tables.js';
import type { Table } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import { joined } from '../derivation/join.js';
import { joinSql } from '../derivation/owner-sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { compositeKeys, twinOf } from './composite-keys.js';
import type { CompositeKey } from './composite-keys.js';

/** Rows that point into another organization: the twin of that foreign key would not hold. */
export interface Crossing {
  key: CompositeKey;
  rows: number;
  /** One of them: `rental_id = 17` */
  example: string;
}

/** Counts them for every composite key that is not there yet. Reads all rows of the tables, and locks none. */
export async function crossingsOf(work: Work): Promise<Crossing[]> {
  const crossings: Crossing[] = [];
  for (const key of compositeKeys(work)) {
    if (key.obstacle !== null || twinOf(key) || !isOwned(work, key)) continue;
    const found = await count(work, key);
    if (found.rows > 0) crossings.push({ key, ...found });
  }
  return crossings;
}

function isOwned(work: Work, { table, parent }: CompositeKey): boolean {
  const { name } = ownerColumn(work);
  return hasColumn(table, name) && hasColumn(tableOf(work.catalogue, parent.oid) ?? parent, name);
}

/** Heirs have keys of their own, and are not pointed to. */
function rowsOf({ kind, sql }: Table): string {
  return kind === 'ordinary' ? `ONLY ${sql}` : sql;
}

async function count(
  work: Work,
  { table, parent, foreignKey }: CompositeKey,
): Promise<{ rows: number; example: string }> {
  const owner = ident(ownerColumn(work).name);
  const on = foreignKey.columns.map((child, place) =>
    joined(table, parent, { child, parent: foreignKey.referencedColumns[place] ?? '' }),
  );
  const named = (table.primaryKey ?? foreignKey.columns).map(
    (column) => `${literal(`${column} = `)} || c.${ident(column)}::text`,
  );
  return work.session.row(
    `SELECT count(*)::float8 AS rows, coalesce(min(concat_ws(', ', ${named.join(', ')})), '') AS example
     FROM ${rowsOf(table)} AS c JOIN ${rowsOf(parent)} AS p ON ${joinSql(on, 'c')}
     WHERE c.${owner} IS NOT NULL AND c.${owner} IS DISTINCT FROM p.${owner}`,
  );
}
