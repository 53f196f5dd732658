import type pg from 'pg';
import { DATABASE_ROLES } from './database-connections.js';
import { DIRECTORY_TABLES } from './shared-tables.js';
import { TENANT_TABLES } from './tenant-models.js';

/** One statement on the way from one machine to many. */
export interface DistributionStep {
  sql: string;
  /** Refuses to run inside a transaction, because it copies rows while others write them. */
  isOnline: boolean;
}

interface Reference {
  table: string;
  name: string;
  definition: string;
}

/** Parents first. Rows of one organization meet on one machine: every table is spread as `organizations` is. */
const TABLES = TENANT_TABLES.filter((table) => !DIRECTORY_TABLES.includes(table)).reverse();

/**
 * What makes a plain database one that is spread over machines, in the order in which it must run: directories to every
 * machine; references away, since a table that is spread cannot be referred to by one that is not yet; the tables; the
 * references again, each first for new rows and then checked for old ones, which locks nobody out.
 */
export async function distributionPlan(client: pg.ClientBase): Promise<DistributionStep[]> {
  const references = await referencesOf(client);
  return [
    ...DATABASE_ROLES.map((role) => step(`ALTER ROLE ${role} SET citus.propagate_set_commands = 'local'`)),
    ...DIRECTORY_TABLES.map((table) => step(`SELECT create_reference_table('${table}')`)),
    ...references.map(({ table, name }) => step(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`)),
    spread('organizations', 'id', 'none'),
    ...TABLES.map((table) => spread(table, 'org_id', 'organizations')),
    ...references.map(({ table, name, definition }) =>
      step(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`),
    ),
    ...references.map(({ table, name }) => step(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`)),
  ];
}

/** Gives one organization a shard of its own in every table: what is left then moves away from it, or it from there. */
export function isolationStep(orgId: string): DistributionStep {
  const literal = `'${orgId.replaceAll("'", "''")}'`;
  return {
    sql: `SELECT isolate_tenant_to_new_shard('organizations', ${literal}::text, 'CASCADE', shard_transfer_mode => 'auto')`,
    isOnline: true,
  };
}

function spread(table: string, column: string, beside: string): DistributionStep {
  const call = `create_distributed_table_concurrently('${table}', '${column}', colocate_with => '${beside}')`;
  return { sql: `SELECT ${call}`, isOnline: true };
}

function step(sql: string): DistributionStep {
  return { sql, isOnline: false };
}

async function referencesOf(client: pg.ClientBase): Promise<Reference[]> {
  const { rows } = await client.query<Reference>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
            regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') AS definition
     FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace
     ORDER BY array_position($1, conrelid::regclass::text), conname`,
    [['organizations', ...TABLES]],
  );
  return rows;
}
