import { SCOPES, permissionsIn, permissionsOf } from '../../src/platform/context/permissions.js';
import type { Permission, Scope } from '../../src/platform/context/permissions.js';
import type { Holdings } from './isolation-holdings.js';
import type { World } from './world.js';

/** Who tries. */
export interface Caller {
  name: string;
  headers: Record<string, string>;
  permissions: ReadonlySet<Permission>;
  /** Where no permission is asked for, keys of one scope each are all the same. */
  hasOneScope?: true;
}

const isOfPlatform = (scope: string) => scope.startsWith('organizations:');
const OF_ORGANIZATIONS = SCOPES.filter((scope) => !isOfPlatform(scope));

/** Nobody, an admin, and a key that may do whatever a key may. */
export async function mightiestCallers(world: World, own: Holdings): Promise<Caller[]> {
  const { organization } = own;
  return [
    { name: 'nobody', headers: {}, permissions: new Set() },
    { name: 'an admin', headers: organization.admin.headers, permissions: permissionsOf('admin') },
    await keyHolder(world, own, OF_ORGANIZATIONS, 'a key with every scope'),
  ];
}

/** Every role, a super admin who has switched into the organization, and a key of every single scope. */
export async function everyCaller(world: World, own: Holdings): Promise<Caller[]> {
  const callers = await mightiestCallers(world, own);
  for (const role of ['manager', 'agent'] as const) {
    const { headers } = await own.organization.as(role);
    callers.push({ name: `a ${role}`, headers, permissions: permissionsOf(role) });
  }
  callers.push(await switchedSuperAdmin(world, own));
  for (const scope of SCOPES)
    callers.push({ ...(await keyHolder(world, own, [scope], `a key with ${scope}`)), hasOneScope: true });
  return callers;
}

async function switchedSuperAdmin(world: World, { organization }: Holdings): Promise<Caller> {
  const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: organization.id }).expect(200);
  const { headers } = world.anonymous.withToken(body.tokens.accessToken, body.user);
  return { name: SUPER_ADMIN, headers, permissions: permissionsOf('super_admin') };
}

export const SUPER_ADMIN = 'a super admin who has switched';

/** Scopes of the platform cannot be had here: they are written past the application, as if they could. */
async function keyHolder(world: World, { organization }: Holdings, scopes: Scope[], name: string): Promise<Caller> {
  const { body } = await organization.post('/api-keys', { name, scopes: ['users:read'] }).expect(201);
  await world.database.rows('UPDATE api_keys SET scopes = $1 WHERE id = $2', [scopes, body.data.id]);
  const granted = scopes.filter((scope) => !isOfPlatform(scope));
  return { name, headers: { 'x-api-key': body.data.key }, permissions: permissionsIn(granted) };
}
