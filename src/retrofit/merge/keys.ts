import { ident, literal, SCHEMA } from '../database/sql.js';
import type { SharedTable } from './shared-table.js';
import { targetTable } from './structure.js';
import type { Target } from './structure.js';

/** Where the merge keeps what it did: which tenants are in, and which ids had to become others. */
export const MERGE_TABLES = `
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
CREATE TABLE IF NOT EXISTS ${SCHEMA}.merge_tables (table_name text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.merged_tenants (
  schema_name text PRIMARY KEY, organization_id text NOT NULL, tables jsonb NOT NULL, merged_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.next_ids (table_name text PRIMARY KEY, next_id bigint NOT NULL);
CREATE TABLE IF NOT EXISTS ${SCHEMA}.new_ids (
  schema_name text NOT NULL, table_name text NOT NULL, old_id text NOT NULL, new_id text NOT NULL, PRIMARY KEY (schema_name, table_name, old_id)
);`;

/** New ids begin above all that any tenant has, so that none is taken from one that comes later. */
export function nextIdSql(table: SharedTable, schemas: string[]): string {
  const column = ident(table.key?.columns[0] ?? '');
  const all = schemas.map(
    (schema) => `SELECT max(t.${column})::bigint AS id FROM ${ident(schema)}.${ident(table.name)} AS t`,
  );
  return `INSERT INTO ${SCHEMA}.next_ids (table_name, next_id) SELECT ${literal(table.name)}, coalesce(max(a.id), 0) + 1 FROM (${all.join(' UNION ALL ')}) AS a
    ON CONFLICT DO NOTHING`;
}

/** Gives new ids to those rows of a tenant whose ids somebody else has already. */
export function newIdsSql(target: Target, table: SharedTable, schema: string): string[] {
  const { key } = table;
  if (!key || key.kind === 'scoped') return [];
  const id = ident(key.columns[0] ?? '');
  const of = `${literal(schema)}, ${literal(table.name)}`;
  const colliding = `FROM ${ident(schema)}.${ident(table.name)} AS t WHERE EXISTS (SELECT FROM ${targetTable(target, table.name)} AS o WHERE o.${id} = t.${id})`;
  const insert = `INSERT INTO ${SCHEMA}.new_ids (schema_name, table_name, old_id, new_id)`;
  if (key.kind === 'uuid')
    return [`${insert} SELECT ${of}, t.${id}::text, md5(concat_ws('-', ${of}, t.${id}))::uuid::text ${colliding}`];
  return [
    `${insert} SELECT ${of}, t.${id}::text, (n.next_id - 1 + row_number() OVER (ORDER BY t.${id}))::text ${colliding.replace(' AS t WHERE', ` AS t, ${SCHEMA}.next_ids AS n WHERE n.table_name = ${literal(table.name)} AND`)}`,
    `UPDATE ${SCHEMA}.next_ids SET next_id = next_id + (SELECT count(*) FROM ${SCHEMA}.new_ids AS i WHERE (i.schema_name, i.table_name) = (${of})) WHERE table_name = ${literal(table.name)}`,
  ];
}
