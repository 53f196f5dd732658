import type pg from 'pg';
import { DATABASE_ROLES, canSignIn } from './database-connections.js';
import type { DatabaseConnections, DatabaseRole } from './database-connections.js';

interface Powers {
  rolsuper: boolean;
  rolbypassrls: boolean;
  rolcreaterole: boolean;
  rolcreatedb: boolean;
  rolreplication: boolean;
  owns: string[];
  memberOf: string[];
  createsIn: string[];
}

const POWERS = `
SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
  ARRAY(SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
        WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o'
          AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))) AS owns,
  ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS "memberOf",
  ARRAY(SELECT nspname::text FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(r.oid, oid, 'CREATE')) AS "createsIn"
FROM pg_roles r WHERE rolname = $1`;

/** What is wrong with each serving role: every power beyond its grants on tables. */
export async function roleFaults(
  owner: pg.ClientBase,
  connections: DatabaseConnections,
): Promise<Record<DatabaseRole, string[]>> {
  const [app, system] = DATABASE_ROLES;
  return { [app]: await faultsOf(owner, connections, app), [system]: await faultsOf(owner, connections, system) };
}

async function faultsOf(owner: pg.ClientBase, connections: DatabaseConnections, role: DatabaseRole): Promise<string[]> {
  const { rows } = await owner.query<Powers>(POWERS, [role]);
  const powers = rows[0];
  if (!powers) return ['does not exist: polydesk migrate makes it'];
  const signsIn = await canSignIn(connections.clientOptions(role));
  return [...inWords(powers), ...(signsIn ? [] : ['cannot sign in with its password: polydesk migrate sets it'])];
}

function inWords(powers: Powers): string[] {
  const faults: [boolean, string][] = [
    [powers.rolsuper, 'is a superuser: ALTER ROLE … NOSUPERUSER'],
    [powers.rolbypassrls, 'bypasses row-level security: ALTER ROLE … NOBYPASSRLS'],
    [powers.rolcreaterole, 'may make roles: ALTER ROLE … NOCREATEROLE'],
    [powers.rolcreatedb, 'may make databases: ALTER ROLE … NOCREATEDB'],
    [powers.rolreplication, 'may read everything by replication: ALTER ROLE … NOREPLICATION'],
    [powers.owns.length > 0, `owns ${powers.owns.join(', ')}, and row-level security does not hold an owner`],
    [powers.memberOf.length > 0, `can become ${powers.memberOf.join(', ')}: REVOKE that`],
    [powers.createsIn.length > 0, `may create in schema ${powers.createsIn.join(', ')}: REVOKE CREATE ON SCHEMA`],
  ];
  return faults.filter(([is]) => is).map(([, sentence]) => sentence);
}
