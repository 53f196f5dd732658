import pg from 'pg';
import { DATABASE_ROLES, canSignIn } from './database-connections.js';
import type { DatabaseConnections, DatabaseRole } from './database-connections.js';

const ADVISORY_LOCK = 5_150_001;

/** A serving role could step over row-level security, so nothing is served. */
export class UnsafeRoleError extends Error {
  constructor(role: string, reason: string) {
    super(`The database role ${role} ${reason}, so row-level security would not hold: take that away before starting`);
    this.name = 'UnsafeRoleError';
  }
}

/** Gives both roles the password that this installation derives for them, and refuses roles that are not harmless. */
export async function prepareDatabaseRoles(connections: DatabaseConnections): Promise<void> {
  const owner = new pg.Client({ connectionString: connections.ownerUrl, application_name: 'polydesk_roles' });
  await owner.connect();
  try {
    for (const role of DATABASE_ROLES) await prepare(owner, connections, role);
  } finally {
    await owner.end();
  }
}

async function prepare(owner: pg.Client, connections: DatabaseConnections, role: DatabaseRole): Promise<void> {
  await refuseUnsafe(owner, role);
  const { namedStatements: _, ...options } = connections.options(role, 1);
  if (await canSignIn(options)) return;
  await owner.query('BEGIN');
  await owner.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
  await owner.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(connections.passwordOf(role))}`);
  await owner.query('COMMIT');
}

async function refuseUnsafe(owner: pg.Client, role: DatabaseRole): Promise<void> {
  const { rows } = await owner.query<{ rolsuper: boolean; rolbypassrls: boolean; owns: string }>(
    `SELECT rolsuper, rolbypassrls, (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid) AS owns
     FROM pg_roles r WHERE rolname = $1`,
    [role],
  );
  const found = rows[0];
  if (!found) throw new UnsafeRoleError(role, 'does not exist (polydesk migrate makes it)');
  if (found.rolsuper) throw new UnsafeRoleError(role, 'is a superuser');
  if (found.rolbypassrls) throw new UnsafeRoleError(role, 'has BYPASSRLS');
  if (Number(found.owns) > 0) throw new UnsafeRoleError(role, 'owns tables');
}
