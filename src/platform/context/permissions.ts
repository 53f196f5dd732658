/** What a caller may do, in the words that roles are made of and API keys are scoped by. */
export const PERMISSIONS = [
  'organization:read',
  'organization:write',
  'stats:read',
  'users:read',
  'users:write',
  'invitations:read',
  'invitations:write',
  'api-keys:read',
  'api-keys:write',
  'customers:read',
  'customers:write',
  'conversations:read',
  'conversations:write',
  'messages:read',
  'messages:write',
  'integrations:read',
  'integrations:write',
  'chatbots:read',
  'chatbots:write',
  'labels:read',
  'labels:write',
  'quick-replies:read',
  'quick-replies:write',
  'webhook-endpoints:read',
  'webhook-endpoints:write',
  'audit:read',
  'organizations:read',
  'organizations:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The wildcard of platform keys: both words about other organizations. */
export const PLATFORM_SCOPE = 'organizations:*';
export const SCOPES = [...PERMISSIONS, PLATFORM_SCOPE] as const;
export type Scope = (typeof SCOPES)[number];

export const ROLES = ['super_admin', 'admin', 'manager', 'agent'] as const;
export type Role = (typeof ROLES)[number];

/** Roles that an organization can give to its own members. */
export const MEMBER_ROLES = ['admin', 'manager', 'agent'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

const AGENT: Permission[] = [
  'organization:read',
  'customers:read',
  'customers:write',
  'conversations:read',
  'conversations:write',
  'messages:read',
  'messages:write',
  'labels:read',
  'quick-replies:read',
];
const MANAGER: Permission[] = [
  ...AGENT,
  'stats:read',
  'users:read',
  'integrations:read',
  'chatbots:read',
  'labels:write',
  'quick-replies:write',
];

const ROLE_PERMISSIONS: Record<Role, ReadonlySet<Permission>> = {
  agent: new Set(AGENT),
  manager: new Set(MANAGER),
  admin: new Set(PERMISSIONS.filter((permission) => !isPlatform(permission))),
  super_admin: new Set(PERMISSIONS),
};

export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return ROLE_PERMISSIONS[role];
}

/** The permissions that an API key's scopes amount to. */
export function permissionsIn(scopes: readonly string[]): ReadonlySet<Permission> {
  return new Set(PERMISSIONS.filter((permission) => scopes.includes(permission) || covers(scopes, permission)));
}

/** Whether a scope or permission reaches beyond one organization. */
export function isPlatform(scope: string): boolean {
  return scope.startsWith('organizations:');
}

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

function covers(scopes: readonly string[], permission: Permission): boolean {
  return isPlatform(permission) && scopes.includes(PLATFORM_SCOPE);
}
