import { ident, literal } from '../database/sql.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Work } from '../run/work.js';
import type { Step } from './phase.js';

/** What there is of the application's role. */
export interface ApplicationRole {
  name: string;
  exists: boolean;
  /** A superuser, or one with BYPASSRLS: policies mean nothing to it. */
  isExempt: boolean;
  /** Roles that act with its rights, other than superusers. */
  members: string[];
  /** Schemas that it may use, by its own right or everybody's. */
  schemas: string[];
}

/** Works before the role exists, too. */
export async function readApplicationRole({ session, plan }: Work): Promise<ApplicationRole> {
  const name = plan.application.role;
  const [role] = await session.rows<Pick<ApplicationRole, 'isExempt' | 'members'>>(
    `SELECT r.rolsuper OR r.rolbypassrls AS "isExempt", ARRAY(SELECT m.rolname::text FROM pg_roles m
       WHERE m.oid <> r.oid AND NOT m.rolsuper AND pg_has_role(m.oid, r.oid, 'USAGE') ORDER BY 1) AS members
     FROM pg_roles r WHERE r.rolname = $1`,
    [name],
  );
  const { schemas } = await session.row<{ schemas: string[] }>(
    `SELECT ARRAY(SELECT n.nspname::text FROM pg_namespace n WHERE has_schema_privilege($1, n.oid, 'USAGE')) AS schemas`,
    [role ? name : 'public'],
  );
  return { name, exists: role !== undefined, isExempt: false, members: [], schemas, ...role };
}

/**
 * Makes it, where it does not exist; nobody can sign in as it before somebody says so.
 * @throws RetrofitError where it cannot be made, or policies would mean nothing to it
 */
export function roleSteps({ catalogue }: Work, { name, exists, isExempt }: ApplicationRole): Step[] {
  if (isExempt)
    throw new RetrofitError(
      `The role ${name} is a superuser or has BYPASSRLS, so that it would see every organization. Name another one in the plan (application: { role: … }), or ALTER ROLE ${ident(name)} NOSUPERUSER NOBYPASSRLS`,
    );
  if (exists) return [];
  if (!catalogue.role.mayCreateRoles)
    throw new RetrofitError(
      `There is no role ${name}, and ${catalogue.role.name} may not make one. Let somebody who may run: CREATE ROLE ${ident(name)} NOLOGIN`,
    );
  return [
    {
      phase: 'isolate',
      name: `role ${name}`,
      table: null,
      lock: null,
      does: [`CREATE ROLE ${ident(name)} NOLOGIN`],
      undoes: [dropRoleSql(name)],
      how: 'transaction',
    },
  ];
}

/** Only where it owns nothing, here or elsewhere: what somebody made of it since is theirs. */
function dropRoleSql(name: string): string {
  return `DO $retrofit$
DECLARE
  made oid := (SELECT oid FROM pg_roles WHERE rolname = ${literal(name)});
  here oid := (SELECT oid FROM pg_database WHERE datname = current_database());
BEGIN
  IF made IS NULL OR EXISTS (
    SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = made AND (deptype = 'o' OR dbid NOT IN (0, here))
  ) THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = made) THEN
    EXECUTE ${literal(`DROP OWNED BY ${ident(name)}`)};
  END IF;
  EXECUTE ${literal(`DROP ROLE ${ident(name)}`)};
END
$retrofit$`;
}
