import type pg from 'pg';
import { TENANT_TABLES } from './tenant-models.js';

const COUNTED = ['users', 'chatbots', 'integrations', 'conversations', 'messages', 'channel_events'] as const;

interface Reference {
  table: string;
  name: string;
  columns: string[];
  target: string;
  targets: string[];
}

/** Every reference between tables, from the catalogue, so that none is forgotten; and those of the directories, which have none. */
const REFERENCES = `SELECT c.conrelid::regclass::text AS "table", c.conname::text AS name, c.confrelid::regclass::text AS target,
    ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, i)
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.i) AS columns,
    ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, i)
          JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY k.i) AS targets
  FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace ORDER BY 1, 2`;
const DIRECTORIES: Reference[] = [
  reference('channel_routes', ['org_id', 'integration_id'], 'integrations'),
  reference('api_key_routes', ['org_id', 'api_key_id'], 'api_keys'),
];

export type TableCounts = Record<string, number>;

/** Rows by table. Not customers: one of several owners becomes several. */
export async function countRows(client: pg.Client): Promise<TableCounts> {
  const counts: TableCounts = {};
  for (const table of COUNTED) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
    counts[table] = Number(rows[0]?.count);
  }
  return counts;
}

/** What is wrong after a move, a sentence each: rows nobody owns, rows that point elsewhere, rows that are missing. */
export async function findFaults(client: pg.Client, before: TableCounts): Promise<string[]> {
  const faults: string[] = [];
  for (const table of TENANT_TABLES) {
    const unowned = `SELECT FROM ${table} t WHERE NOT EXISTS (SELECT FROM organizations o WHERE o.id = t.org_id)`;
    faults.push(...(await faultOf(client, unowned, `of ${table} belong to no organization`)));
  }
  const references = (await client.query<Reference>(REFERENCES)).rows;
  for (const found of [...references, ...DIRECTORIES])
    faults.push(
      ...(await faultOf(
        client,
        danglingOf(found),
        `of ${found.table} point at a row of no ${found.target} (${found.name})`,
      )),
    );
  const after = await countRows(client);
  const missing = COUNTED.filter((table) => (after[table] ?? 0) < (before[table] ?? 0));
  return [...faults, ...missing.map((table) => `${table}: ${before[table]} before, ${after[table]} after`)];
}

async function faultOf(client: pg.Client, sql: string, sentence: string): Promise<string[]> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM (${sql}) f`);
  return rows[0]?.count === '0' ? [] : [`${rows[0]?.count} rows ${sentence}`];
}

function danglingOf({ table, columns, target, targets }: Reference): string {
  const same = columns.map((column, index) => `p.${targets[index]} = t.${column}`).join(' AND ');
  const set = columns.map((column) => `t.${column} IS NOT NULL`).join(' AND ');
  return `SELECT FROM ${table} t WHERE ${set} AND NOT EXISTS (SELECT FROM ${target} p WHERE ${same})`;
}

function reference(table: string, columns: string[], target: string): Reference {
  return { table, name: columns.join(', '), columns, target, targets: ['org_id', 'id'] };
}
