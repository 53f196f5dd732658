import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../../platform/context/org-context.js';
import { permissionsOf } from '../../platform/context/permissions.js';
import type { Role } from '../../platform/context/permissions.js';
import { AppError } from '../../platform/http/app-error.js';

interface Admin {
  id: string;
  role: string;
}

/**
 * Whether the caller may give `role` to somebody, or change somebody who has it. Nobody makes an equal of those above them:
 * an admin takes all the permissions of an admin, a super admin takes a super admin, and lives in the default organization.
 */
export function assertMayManage(role: Role): void {
  const { actor } = OrgContext;
  if (role === 'super_admin' && actor.role !== 'super_admin')
    throw AppError.forbidden('Only a super admin manages super admins');
  if (role === 'super_admin' && OrgContext.orgId !== DEFAULT_ORGANIZATION_ID)
    throw AppError.invalidField(
      'role',
      `must be admin, manager or agent: super admins live in ${DEFAULT_ORGANIZATION_ID}`,
    );
  if (role === 'admin' && !holdsAll(permissionsOf('admin')) && !actor.permissions.has('organizations:write'))
    throw AppError.forbidden('Managing admins takes all permissions of an admin');
}

/**
 * 409 `last_admin` where a user who was changed was the organization's last active admin, or the platform's last super admin,
 * and is not any more. `admins` are the active ones from before the change.
 */
export function assertAdminsRemain(user: { id: string; role: string; isActive: boolean }, admins: Admin[]): void {
  for (const roles of [['admin', 'super_admin'], ['super_admin']]) {
    const [one, another] = admins.filter(({ role }) => roles.includes(role));
    const isStillOne = user.isActive && roles.includes(user.role);
    if (one?.id === user.id && !another && !isStillOne)
      throw new AppError('last_admin', 409, 'This is the last active admin: make somebody else admin first');
  }
}

function holdsAll(needed: ReadonlySet<string>): boolean {
  const held: ReadonlySet<string> = OrgContext.actor.permissions;
  return [...needed].every((permission) => held.has(permission));
}
