import { DIRECTORY_TABLES } from '../../src/platform/database/shared-tables.js';
import type { TestDatabase } from './test-database.js';

/** A key of a table, with its columns in order. */
interface Key {
  table: string;
  name: string;
  columns: string[];
}

/** Every table with an organization's rows, as the database has it. */
export async function tenantTables(database: TestDatabase): Promise<string[]> {
  const rows = await database.rows<{ table: string }>(
    `SELECT table_name AS table FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'org_id' ORDER BY table_name`,
  );
  return rows.map(({ table }) => table);
}

/** Primary and unique keys of tenant tables. */
export function uniqueKeys(database: TestDatabase): Promise<Key[]> {
  return database.rows<Key>(
    `SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS name,
            ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY k(attnum, n)
                  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum ORDER BY k.n) AS columns
     FROM pg_index i
     WHERE i.indisunique AND i.indrelid::regclass::text IN (SELECT table_name FROM information_schema.columns
           WHERE table_schema = 'public' AND column_name = 'org_id') AND i.indrelid::regclass::text <> ALL ($1)`,
    [DIRECTORY_TABLES],
  );
}

/** References between tenant tables. */
export function foreignKeys(database: TestDatabase): Promise<(Key & { target: string[] })[]> {
  return database.rows<Key & { target: string[] }>(
    `SELECT c.conrelid::regclass::text AS table, c.conname AS name,
            ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
                  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum ORDER BY k.n) AS columns,
            ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(attnum, n)
                  JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum ORDER BY k.n) AS target
     FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid <> 'organizations'::regclass`,
  );
}

/** Takes the third wall away: afterwards rows can point anywhere. */
export async function dropReferences(database: TestDatabase): Promise<void> {
  const rows = await database.rows<{ drop: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS drop
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  for (const { drop } of rows) await database.owner.query(drop);
}
