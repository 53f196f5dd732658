import type { RetrofitDatabase } from './retrofit.js';

/** A table's rows as two numbers; their order plays no part. */
export interface TableSum {
  rows: number;
  checksum: string;
}

interface Columns {
  name: string;
  columns: string[];
}

const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
         ARRAY(SELECT format('%I', a.attname) FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL ($1)
               ORDER BY a.attname) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname <> 'polydesk_retrofit' AND n.nspname !~ '^(pg_|information_schema)'
  ORDER BY 1`;

/**
 * Every table's rows and the checksum of all of their columns but some, by the table's quoted name (`public."Order"`). Each
 * partition, and each table that inherits, counts its own rows.
 * @param except names of columns, in whatever table
 */
export async function checksumsOf(
  database: RetrofitDatabase,
  except: string[] = ['organization_id'],
): Promise<Record<string, TableSum>> {
  const sums: Record<string, TableSum> = {};
  for (const { name, columns } of await database.rows<Columns>(TABLES, [except])) {
    const [sum] = await database.rows<TableSum>(
      `SELECT count(*)::int AS rows, coalesce(sum(hashtextextended(ROW(${columns.join()})::text, 0)), 0)::text AS checksum
       FROM ONLY ${name}`,
    );
    if (sum) sums[name] = sum;
  }
  return sums;
}

/** Checksums of those tables alone that were there before: the tool may have made the table of organizations. */
export function amongThose<T>(after: Record<string, T>, before: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(after).filter(([table]) => table in before));
}
