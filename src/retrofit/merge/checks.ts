import type { Session } from '../database/session.js';
import type { Drift } from './drift.js';

interface Check {
  name: string;
  definition: string;
}

interface Found extends Check {
  table: string;
  schemas: number;
  tables: number;
}

/** Check constraints that all schemas with the table have, by table; the others are told. */
export async function commonChecks(
  session: Session,
  schemas: string[],
  into: string,
  drift: Drift,
): Promise<Map<string, Check[]>> {
  const found = await session.rows<Found>(
    `SELECT t.relname AS "table", c.conname AS name, replace(pg_get_constraintdef(c.oid), quote_ident(n.nspname) || '.', quote_ident($2) || '.') AS definition,
       count(DISTINCT n.oid)::int AS schemas,
       (SELECT count(*) FROM pg_class o JOIN pg_namespace m ON m.oid = o.relnamespace
         WHERE o.relname = t.relname AND o.relkind IN ('r', 'p') AND m.nspname = ANY ($1))::int AS tables
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE c.contype = 'c' AND n.nspname = ANY ($1) GROUP BY 1, 2, 3 ORDER BY 1, 2`,
    [schemas, into],
  );
  for (const { table, name, schemas: count, tables } of found)
    if (count < tables)
      drift.differences.push(`${table}: the check ${name} is not the same in all schemas; it is not taken over`);
  const common = found.filter((each) => each.schemas === each.tables);
  return groupByTable(common);
}

function groupByTable(checks: Found[]): Map<string, Check[]> {
  const byTable = new Map<string, Check[]>();
  for (const { table, name, definition } of checks)
    byTable.set(table, [...(byTable.get(table) ?? []), { name, definition }]);
  return byTable;
}
