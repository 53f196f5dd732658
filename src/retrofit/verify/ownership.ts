import { ident, SCHEMA } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';

export interface Ownership {
  rows: number;
  owned: number;
  quarantined: number;
  unowned: number;
}

/** How many rows of a table belong to somebody. */
export async function ownershipOf(work: Work, { table, isNullable }: Derivation): Promise<Ownership> {
  const owner = ident(ownerColumn(work).name);
  const { rows, owned } = await work.session.row<{ rows: number; owned: number }>(
    `SELECT count(*)::float8 AS rows, count(t.${owner})::float8 AS owned FROM ${table.sql} AS t`,
  );
  const { quarantined } = await work.session.row<{ quarantined: number }>(
    `SELECT count(*)::float8 AS quarantined FROM ${SCHEMA}.quarantine WHERE table_name = $1`,
    [table.name],
  );
  const ownerless = rows - owned;
  // In a nullable table nobody's rows are as they should be.
  return {
    rows,
    owned,
    quarantined: Math.min(quarantined, ownerless),
    unowned: isNullable ? 0 : Math.max(0, ownerless - quarantined),
  };
}

/** The organizations with the most rows of a table: as many as there are, two at most. */
export async function largestOf(work: Work, { table }: Derivation): Promise<{ id: string; rows: number }[]> {
  const owner = ident(ownerColumn(work).name);
  return work.session.rows<{ id: string; rows: number }>(
    `SELECT t.${owner}::text AS id, count(*)::float8 AS rows FROM ${table.sql} AS t WHERE t.${owner} IS NOT NULL
     GROUP BY t.${owner} ORDER BY count(*) DESC, t.${owner} LIMIT 2`,
  );
}
