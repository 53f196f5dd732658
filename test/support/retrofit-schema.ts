import { RELATIONS } from './retrofit-schema-relations.js';
import { ROUTINES } from './retrofit-schema-routines.js';
import type { RetrofitDatabase } from './retrofit.js';

/** Schemas that are PostgreSQL's own. */
const MINE = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(temp|toast_temp)'`;

/**
 * Whatever `pg_dump --schema-only` would show of a database, a line each, from its catalogues: for servers that are newer
 * than any pg_dump at hand, and stricter where a dump keeps silent (invalid indexes). Rights that were spelled out, but are
 * those that an object has by default, count as none, as they do for pg_dump.
 * @param without schemas to leave out
 */
export async function schemaOf(database: RetrofitDatabase, without: string[] = []): Promise<string> {
  const queries = [...RELATIONS, ...ROUTINES].map((query) =>
    query.replaceAll('{mine}', `${MINE} AND n.nspname <> ALL ($1::text[])`),
  );
  const lines: string[] = [];
  for (const query of queries) lines.push(...(await linesOf(database, query, without)));
  return lines.toSorted().join('\n');
}

async function linesOf(database: RetrofitDatabase, query: string, without: string[]): Promise<string[]> {
  // Every query has $1, whether it needs it or not.
  const rows = await database.rows<{ line: string }>(`SELECT line FROM (${query}) AS q WHERE $1::text[] IS NOT NULL`, [
    without,
  ]);
  return rows.map(({ line }) => line);
}
