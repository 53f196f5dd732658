import pg from 'pg';
import { DATABASE_ROLES, canSignIn } from './database-connections.js';
import type { DatabaseConnections, DatabaseRole } from './database-connections.js';
import { withOwner } from './owner-client.js';

/** A serving role could step over row-level security, so nothing is served. */
export class UnsafeRoleError extends Error {
  constructor(role: string, reason: string) {
    super(`The database role ${role} ${reason}, so row-level security would not hold: take that away before starting`);
    this.name = 'UnsafeRoleError';
  }
}

/** Gives both roles the password that this installation derives for them, and refuses roles that are not harmless. */
export async function prepareDatabaseRoles(connections: DatabaseConnections): Promise<void> {
  await withOwner(connections.ownerUrl, 'polydesk_roles', async (owner) => {
    for (const role of DATABASE_ROLES) await prepare(owner, connections, role);
  });
}

async function prepare(owner: pg.Client, connections: DatabaseConnections, role: DatabaseRole): Promise<void> {
  await refuseUnsafe(owner, role);
  const options = connections.clientOptions(role);
  if (await canSignIn(options)) return;
  const password = pg.escapeLiteral(connections.passwordOf(role));
  // Of nodes that do this at the same moment Postgres lets one through and fails the others, for which it is done then.
  await owner.query(`ALTER ROLE ${role} LOGIN PASSWORD ${password}`).catch(async (error: unknown) => {
    if (!(await canSignIn(options))) throw error;
  });
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
