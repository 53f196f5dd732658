import type { TestDatabase } from './test-database.js';

/** What changes by asking alone: counters of limits, and when a session or key was last used. */
const ASKING = ['rate_limits'];

/** Every table's rows as one number each, by table: equal before and after where nothing changed. */
export async function tableChecksums(database: TestDatabase): Promise<Record<string, string>> {
  const tables = await database.rows<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname`,
  );
  const sums: Record<string, string> = {};
  for (const { name } of tables.filter(({ name: table }) => !ASKING.includes(table))) {
    const [row] = await database.rows<{ sum: string }>(
      `SELECT count(*) || ':' || COALESCE(sum(hashtextextended(t::text, 0)), 0) AS sum FROM "${name}" t`,
    );
    sums[name] = row?.sum ?? '';
  }
  return sums;
}
