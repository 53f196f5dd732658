import type pg from 'pg';
import { readTables } from './doctor-catalogue.js';
import type { ReferenceFacts } from './doctor-catalogue.js';
import { TENANT_TABLES } from './tenant-models.js';

const COUNTED = [
  ...['users', 'chatbots', 'integrations', 'conversations', 'messages', 'channel_events'],
  ...[
    'media_files',
    'timeline_entries',
    'conversation_labels',
    'quick_replies',
    'webhook_endpoints',
    'webhook_deliveries',
  ],
];

type Reference = Pick<ReferenceFacts, 'name' | 'columns' | 'target' | 'targetColumns'> & { table: string };

/** What directories, and chatbots, point at, which Postgres does not know. */
const UNDECLARED: Reference[] = [
  reference('channel_routes', ['org_id', 'integration_id'], 'integrations'),
  reference('api_key_routes', ['org_id', 'api_key_id'], 'api_keys'),
  reference('chatbots', ['org_id', 'api_key_id'], 'api_keys'),
];

export type TableCounts = Record<string, number>;

/** Rows by table. Not customers and labels: one of several owners becomes several. */
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
  for (const found of [...(await referencesOf(client)), ...UNDECLARED])
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

/** Every reference between tables, from the catalogue, so that none is forgotten. */
async function referencesOf(client: pg.Client): Promise<Reference[]> {
  const tables = await readTables(client);
  return tables.flatMap(({ table, references }) => references.map((found) => ({ table, ...found })));
}

async function faultOf(client: pg.Client, sql: string, sentence: string): Promise<string[]> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM (${sql}) f`);
  return rows[0]?.count === '0' ? [] : [`${rows[0]?.count} rows ${sentence}`];
}

function danglingOf({ table, columns, target, targetColumns }: Reference): string {
  const same = columns.map((column, index) => `p.${targetColumns[index]} = t.${column}`).join(' AND ');
  const set = columns.map((column) => `t.${column} IS NOT NULL`).join(' AND ');
  return `SELECT FROM ${table} t WHERE ${set} AND NOT EXISTS (SELECT FROM ${target} p WHERE ${same})`;
}

function reference(table: string, columns: string[], target: string): Reference {
  return { table, name: columns.join(', '), columns, target, targetColumns: ['org_id', 'id'] };
}
