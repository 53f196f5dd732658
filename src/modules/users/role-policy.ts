import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../../platform/context/org-context.js';
import { permissionsOf } from '../../platform/context/permissions.js';
import type { Role } from '../../platform/context/permissions.js';
import { AppError } from '../../platform/http/app-error.js';

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

function holdsAll(needed: ReadonlySet<string>): boolean {
  const held: ReadonlySet<string> = OrgContext.actor.permissions;
  return [...needed].every((permission) => held.has(permission));
}
