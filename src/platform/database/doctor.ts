import pg from 'pg';
import { messageOf } from '../errors/thrown.js';
import type { DatabaseConnections, DatabaseRole } from './database-connections.js';
import { readTables } from './doctor-catalogue.js';
import type { TableFacts } from './doctor-catalogue.js';
import { grantFaults } from './doctor-grants.js';
import { probe } from './doctor-probe.js';
import type { ProbeResults } from './doctor-probe.js';
import { queueFaults } from './doctor-queue.js';
import { roleFaults } from './doctor-roles.js';
import { sideDoors } from './doctor-side-doors.js';
import { TABLE_CHECKS } from './doctor-tables.js';
import { MigrationRunner } from './migration-runner.js';
import { migrationsDirectory } from './migrations-directory.js';
import { withOwner } from './owner-client.js';
import { QUEUE_SCHEMA, SHARED_TABLES, kindOf } from './shared-tables.js';
import type { TableKind } from './shared-tables.js';

export type TableCheck = keyof typeof TABLE_CHECKS | 'grants';

/** What was found out about one table. */
export interface TableReport {
  table: string;
  kind: TableKind;
  /** Why it belongs to no organization, where it does not. */
  reason: string | null;
  /** By check, what is wrong. */
  checks: Record<TableCheck, string[]>;
  /** Null where it belongs to no organization, or the serving role cannot sign in. */
  probe: ProbeResults | null;
}

/** What was found out about a database: whether organizations are apart in it. Changes nothing. */
export interface DatabaseReport {
  tables: TableReport[];
  roles: Record<DatabaseRole, string[]>;
  sideDoors: string[];
  /** What is wrong with the job queue's own schema. */
  queue: string[];
  migrations: string[];
}

export async function examineDatabase(connections: DatabaseConnections): Promise<DatabaseReport> {
  return withOwner(connections.ownerUrl, 'polydesk_doctor', async (owner) => {
    const roles = await roleFaults(owner, connections);
    const app = await servingClient(connections);
    try {
      const tables: TableReport[] = [];
      for (const facts of await readTables(owner)) tables.push(await examine(owner, app, facts));
      const [doors, queue] = [await sideDoors(owner), await queueFaults(owner)];
      return { tables, roles, sideDoors: doors, queue, migrations: await migrationFaults(connections) };
    } finally {
      await app?.end();
    }
  });
}

/** Null where the serving role cannot sign in, which its own report says. */
async function servingClient(connections: DatabaseConnections): Promise<pg.Client | null> {
  const client = new pg.Client(connections.clientOptions('polydesk_app'));
  client.on('error', () => undefined); // The query under way rejects with the same error.
  return client.connect().then(
    () => client,
    () => null,
  );
}

async function examine(owner: pg.Client, app: pg.Client | null, facts: TableFacts): Promise<TableReport> {
  const { table } = facts;
  const kind = kindOf(table);
  const checks = {
    organization: TABLE_CHECKS.organization(facts),
    keys: TABLE_CHECKS.keys(facts),
    references: TABLE_CHECKS.references(facts),
    security: TABLE_CHECKS.security(facts),
    form: TABLE_CHECKS.form(facts),
    grants: grantFaults(facts),
  };
  const canProbe = app !== null && kind !== 'shared' && checks.organization.length === 0;
  const seen = canProbe ? await probe(owner, app, table) : null;
  return { table, kind, reason: SHARED_TABLES.get(table) ?? null, checks, probe: seen };
}

async function migrationFaults({ ownerUrl }: DatabaseConnections): Promise<string[]> {
  try {
    const { pending, changed } = await new MigrationRunner(ownerUrl, migrationsDirectory()).status();
    return [
      ...pending.map((name) => `${name} is pending: polydesk migrate`),
      ...changed.map((name) => `${name} was changed after it was applied: restore the file`),
    ];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Every fault of a report, as sentences that name what they are about. */
export function faultsOf({ tables, roles, sideDoors: doors, queue, migrations }: DatabaseReport): string[] {
  return [
    ...tables.flatMap(faultsOfTable),
    ...Object.entries(roles).flatMap(([role, faults]) => faults.map((fault) => `role ${role} ${fault}`)),
    ...doors,
    ...queue.map((fault) => `schema ${QUEUE_SCHEMA} ${fault}`),
    ...migrations.map((fault) => `migration ${fault}`),
  ];
}

function faultsOfTable({ table, checks, probe: seen }: TableReport): string[] {
  const probed = Object.values(seen ?? {}).filter((result) => result !== 'ok' && result !== 'no rows');
  return [...Object.values(checks).flat(), ...probed].map((fault) => `table ${table}: ${fault}`);
}
