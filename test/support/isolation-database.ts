import type pg from 'pg';
import type { TestDatabase } from './test-database.js';

interface Reference {
  table: string;
  column: string;
  target: string;
}

/** Everything that a query could name in our schemas: tables, partitions, views. */
export async function relations(database: TestDatabase): Promise<string[]> {
  const rows = await database.rows<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace IN ('public'::regnamespace, 'app'::regnamespace)
       AND relname !~ '^_' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** Of these relations, those in which a session that is bound to one organization sees a row of another. */
export async function foreignRowsSeen(serving: pg.Client, names: string[], orgId: string): Promise<string[]> {
  const leaks: string[] = [];
  for (const name of names) {
    const seen = await organizationsIn(serving, name, orgId);
    if (seen.some((owner) => owner !== orgId)) leaks.push(name);
  }
  return leaks;
}

/** One transaction of the serving role, rolled back, with an organization bound. */
export async function bound<T>(serving: pg.Client, orgId: string, work: () => Promise<T>): Promise<T> {
  await serving.query('BEGIN');
  try {
    await serving.query('SELECT app.set_org($1)', [orgId]);
    return await work();
  } finally {
    await serving.query('ROLLBACK');
  }
}

/** Columns that point from one tenant table to another. */
export function references(database: TestDatabase): Promise<Reference[]> {
  return database.rows<Reference>(
    `SELECT c.conrelid::regclass::text AS table, a.attname AS column, c.confrelid::regclass::text AS target
     FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
     WHERE c.contype = 'f' AND c.confrelid <> 'organizations'::regclass ORDER BY 1, 2`,
  );
}

/** References that can be made to point from a row of one organization to a row of the other, by the tables' owner. */
export async function crossingReferences(
  { owner }: TestDatabase,
  every: Reference[],
  from: string,
  to: string,
): Promise<string[]> {
  const crossing: string[] = [];
  const client = await owner.connect();
  try {
    for (const { table, column, target } of every) {
      await client.query('BEGIN');
      const point = `UPDATE ${table} SET ${column} = (SELECT id FROM ${target} WHERE org_id = $2 LIMIT 1)
        WHERE ctid = (SELECT ctid FROM ${table} WHERE org_id = $1 LIMIT 1)`; // One row: two may not be able to be the same.
      const outcome = await client.query(point, [from, to]).catch(({ code }: { code: string }) => code);
      await client.query('ROLLBACK');
      if (typeof outcome === 'string' ? outcome !== FOREIGN_KEY_VIOLATION : outcome.rowCount !== 0)
        crossing.push(`${table}.${column}`);
      else if (typeof outcome !== 'string') throw new Error(`Nothing was tried: ${from} has no rows in ${table}`);
    }
    return crossing;
  } finally {
    client.release(); // Otherwise nobody could close the pool, and the suite would hang where it only failed.
  }
}

const FOREIGN_KEY_VIOLATION = '23503';
const FORBIDDEN = '42501';

/** None where the relation may not be read at all. A row that says no organization is everybody's, so nobody's own. */
async function organizationsIn(serving: pg.Client, name: string, orgId: string): Promise<(string | null)[]> {
  const owner = name === 'organizations' ? 'id' : 'org_id';
  return bound(serving, orgId, async () => {
    const { rows } = await serving.query<{ owner: string | null }>(
      `SELECT DISTINCT to_jsonb(r) ->> '${owner}' AS owner FROM ${name} r`,
    );
    return rows.map((row) => row.owner);
  }).catch((error: { code?: string }) => {
    if (error.code === FORBIDDEN) return [];
    throw error;
  });
}
