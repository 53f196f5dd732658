import { ident, literal, SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { climb } from '../run/lock-ladder.js';
import { count } from '../run/progress.js';
import type { Progress } from '../run/progress.js';
import { MERGE_TABLES, nextIdSql } from './keys.js';
import { mergeTenant } from './merge-tenant.js';
import type { MergedTable } from './merge-tenant.js';
import { nameIn } from './merge-plan.js';
import type { MergePlan } from './merge-plan.js';
import type { SharedTable } from './shared-table.js';
import { constraintSql, tableSql, targetTable } from './structure.js';

export interface MergedTenant {
  schema: string;
  organization: string;
  tables: MergedTable[];
}

/** Merges the tenants that are not merged yet, each in a transaction of its own. A killed merge goes on with the next tenant. */
export async function merge(session: Session, plan: MergePlan, progress: Progress): Promise<MergedTenant[]> {
  await session.transaction(() => prepare(session, plan));
  const merged = new Set((await mergedTenants(session)).map(({ schema }) => schema));
  for (const schema of plan.schemas) if (!merged.has(schema)) await mergeOne(session, plan, schema, progress);
  for (const { name, sql } of constraintSql(plan.target, plan.tables))
    await addOnce(session, plan, name, sql, progress);
  for (const table of plan.tables) await advance(session, plan, table);
  return mergedTenants(session);
}

async function prepare(session: Session, { target, tables, enums, schemas }: MergePlan): Promise<void> {
  const { organizations, organizationKey, ownerType } = target;
  const statements = [
    MERGE_TABLES,
    `CREATE SCHEMA IF NOT EXISTS ${ident(target.schema)}`,
    `CREATE TABLE IF NOT EXISTS ${organizations} (${ident(organizationKey)} ${ownerType} PRIMARY KEY, "name" text NOT NULL, "created_at" timestamptz NOT NULL DEFAULT now())`,
    ...tableSql(target, tables, enums),
    ...tables.map(
      ({ name }) =>
        `INSERT INTO ${SCHEMA}.merge_tables VALUES (${literal(nameIn(target.schema, name))}) ON CONFLICT DO NOTHING`,
    ),
    ...tables
      .filter(({ key }) => key?.kind === 'numbered')
      .map((table) =>
        nextIdSql(
          table,
          schemas.filter((schema) => !isMissingIn(table, schema)),
        ),
      ),
  ];
  for (const statement of statements) await session.run(statement);
}

const isMissingIn = ({ columns }: SharedTable, schema: string): boolean =>
  columns.every(({ missingIn }) => missingIn.includes(schema));

async function mergeOne(
  session: Session,
  { target, tables }: MergePlan,
  schema: string,
  progress: Progress,
): Promise<void> {
  let merged: MergedTable[] = [];
  await climb(
    session,
    `merge ${schema}`,
    async () => {
      merged = await mergeTenant(session, target, tables, schema);
    },
    (line) => progress.say(line),
  );
  const rows = merged.reduce((sum, each) => sum + each.rows, 0);
  progress.say(`merged   ${schema}: ${count(rows)} rows, the same before and after`);
}

export function mergedTenants(session: Session): Promise<MergedTenant[]> {
  return session.rows<MergedTenant>(
    `SELECT schema_name AS schema, organization_id AS organization, tables FROM ${SCHEMA}.merged_tenants ORDER BY schema_name COLLATE "C"`,
  );
}

/** A constraint or an index that is not there yet. */
async function addOnce(
  session: Session,
  { target }: MergePlan,
  name: string,
  sql: string,
  progress: Progress,
): Promise<void> {
  const there = await session.rows(
    `SELECT FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE (n.nspname, c.conname) = ($1, $2)
     UNION ALL SELECT FROM pg_class i JOIN pg_namespace n ON n.oid = i.relnamespace WHERE (n.nspname, i.relname) = ($1, $2)`,
    [target.schema, name],
  );
  if (there.length > 0) return;
  await session.run(sql);
  progress.say(`added    ${name}`);
}

/** The next row gets a number that nobody has. */
async function advance(session: Session, { target }: MergePlan, table: SharedTable): Promise<void> {
  const sql = targetTable(target, table.name);
  for (const { name } of table.columns.filter(({ isNumbered }) => isNumbered))
    await session.run(
      `SELECT setval(pg_get_serial_sequence(${literal(sql)}, ${literal(name)}), coalesce((SELECT max(${ident(name)}) FROM ${sql}), 0) + 1, false)`,
    );
}
