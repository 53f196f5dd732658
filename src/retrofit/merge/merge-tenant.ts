import { createHash } from 'node:crypto';
import { ident, literal, SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import { copySql, proofSql } from './copy.js';
import { newIdsSql } from './keys.js';
import type { SharedTable } from './shared-table.js';
import type { Target } from './structure.js';

/** What came over of one table of one tenant. */
export interface MergedTable {
  table: string;
  rows: number;
  /** Rows whose ids somebody else had already. */
  renumbered: number;
  /** Equal before and after. */
  sums: Record<string, string>;
}

interface Summary {
  rows: number;
  sums: Record<string, string>;
  checksum: string;
}

/** Copies everything of one tenant; in a transaction, which nobody writes to the tenant beside. */
export async function mergeTenant(
  session: Session,
  target: Target,
  tables: SharedTable[],
  schema: string,
): Promise<MergedTable[]> {
  const organization = organizationOf(target, schema);
  await session.run(
    `INSERT INTO ${target.organizations} (${ident(target.organizationKey)}, "name") VALUES (${organization.sql}, ${literal(schema)}) ON CONFLICT DO NOTHING`,
  );
  const own = await ownTables(session, tables, schema);
  await session.run(`LOCK TABLE ${own.map(({ name }) => `${ident(schema)}.${ident(name)}`).join(', ')} IN SHARE MODE`);
  for (const table of own) for (const statement of newIdsSql(target, table, schema)) await session.run(statement);
  const merged: MergedTable[] = [];
  for (const table of own) merged.push(await mergeTable(session, target, tables, table, schema, organization.id));
  await session.run(`INSERT INTO ${SCHEMA}.merged_tenants (schema_name, organization_id, tables) VALUES ($1, $2, $3)`, [
    schema,
    organization.id,
    JSON.stringify(merged),
  ]);
  return merged;
}

/** A schema's name is its organization's id; where ids are UUIDs, one that can be told from it. */
function organizationOf({ ownerType }: Target, schema: string): { id: string; sql: string } {
  if (ownerType !== 'uuid') return { id: schema, sql: literal(schema) };
  const id = createHash('md5')
    .update(schema)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { id, sql: `${literal(id)}::uuid` };
}

async function ownTables(session: Session, tables: SharedTable[], schema: string): Promise<SharedTable[]> {
  const names = await session.rows<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
    [schema],
  );
  return tables.filter((table) => names.some(({ name }) => name === table.name));
}

async function mergeTable(
  session: Session,
  target: Target,
  tables: SharedTable[],
  table: SharedTable,
  schema: string,
  organization: string,
): Promise<MergedTable> {
  await session.run(copySql(target, tables, table, schema, organization));
  const proof = proofSql(target, tables, table, schema, organization);
  const [before, after] = [await session.row<Summary>(proof.before), await session.row<Summary>(proof.after)];
  if (JSON.stringify(before) !== JSON.stringify(after))
    throw new RetrofitError(
      `${schema}.${table.name} is not the same after it was copied; nothing of ${schema} was merged`,
      [`before: ${JSON.stringify(before)}`, `after: ${JSON.stringify(after)}`],
    );
  const { renumbered } = await session.row<{ renumbered: number }>(
    `SELECT count(*)::float8 AS renumbered FROM ${SCHEMA}.new_ids WHERE (schema_name, table_name) = ($1, $2)`,
    [schema, table.name],
  );
  return { table: table.name, rows: after.rows, renumbered, sums: after.sums };
}
