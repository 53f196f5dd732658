import type { Catalogue, Table } from '../catalogue/catalogue.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';

/** One table, as the schemas of the tenants have it. */
export interface TenantTable {
  /** Without a schema. */
  name: string;
  /** By schema; those that do not have it are left out. */
  bySchema: Map<string, Table>;
}

/** Schemas that fit a pattern, `*` standing for anything, by name. @throws RetrofitError where there are none */
export async function tenantSchemas(session: Session, pattern: string, into: string): Promise<string[]> {
  const like = pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
  const rows = await session.rows<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE $1 AND nspname <> $2 AND nspname !~ '^(pg_|information_schema|polydesk_retrofit)'
     ORDER BY nspname COLLATE "C"`,
    [like, into],
  );
  if (rows.length === 0)
    throw new RetrofitError(`No schema fits ${pattern}. Name the tenants' schemas by --schemas, as in 'tenant_*'`);
  return rows.map(({ name }) => name);
}

/** Every table that any of the schemas has, by name. Partitions go with their tables. */
export function tenantTables({ tables }: Catalogue, schemas: string[]): TenantTable[] {
  const mine = tables.filter(({ schema, parentOid }) => schemas.includes(schema) && parentOid === null);
  const names = [...new Set(mine.map(({ localName }) => localName))].toSorted();
  return names.map((name) => ({
    name,
    bySchema: new Map(mine.filter(({ localName }) => localName === name).map((table) => [table.schema, table])),
  }));
}

export function anyOf({ bySchema, name }: TenantTable): Table {
  const [table] = bySchema.values();
  if (!table) throw new Error(`No schema has ${name}`);
  return table;
}
