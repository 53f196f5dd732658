import { randomBytes, randomInt } from 'node:crypto';
import type { Holdings } from './isolation-holdings.js';
import type { Operation, Schema } from './isolation-document.js';
import type { TestOrganization } from './test-organization.js';
import { PASSWORD } from './world.js';

/** A body that its route accepts, but for what an attack puts into it. */
export type Body = Record<string, unknown>;
type Example = (own: Holdings) => unknown; // Or a promise of it.

/** Fields whose own schema does not say enough; what has to be unique is new each time. */
const BY_NAME: Record<string, Example> = {
  name: () => fresh('name'),
  username: () => fresh('user'),
  email: () => `${fresh('mail')}@example.com`,
  organizationName: () => fresh('organization'),
  password: () => PASSWORD,
  currentPassword: () => PASSWORD,
  newPassword: () => PASSWORD,
  accessToken: () => 'page-token',
  refreshToken: ({ organization }) => organization.admin.refreshToken,
  invitationToken: ({ organization }) => newInvitation(organization),
  orgId: ({ organization }) => organization.id,
  oaId: () => String(randomInt(1e12, 9e13)),
  role: () => 'agent',
};

/** What a route wants beyond the fields that it always needs. */
const BESIDES: Record<string, (own: Holdings, field?: string) => Body> = {
  'POST /conversations/{id}/messages': () => ({ text: 'hello' }),
  'POST /auth/login': ({ organization }, field) =>
    field === 'username' ? {} : { email: organization.admin.user.email },
};

/**
 * The required fields with values that fit, and room for one more. Throws a sentence that names the field for which none is
 * known.
 */
export async function bodyFor(operation: Operation, schema: Schema, own: Holdings, more?: string): Promise<Body> {
  const body: Body = {};
  for (const name of schema.required ?? []) {
    body[name] = await valueFor(name, schema.properties?.[name] ?? {}, own);
    if (body[name] === undefined) throw new Error(`${operation.name}: no example value is known for ${name}`);
  }
  return { ...body, ...BESIDES[operation.name]?.(own, more) };
}

/** It is used up by whoever registers with it. */
async function newInvitation(organization: TestOrganization): Promise<string> {
  const guest = { email: `${fresh('mail')}@example.com`, role: 'agent' };
  return (await organization.post('/invitations', guest).expect(201)).body.data.token;
}

function valueFor(name: string, schema: Schema, own: Holdings): unknown {
  const known = BY_NAME[name]?.(own);
  if (known !== undefined) return known;
  if (schema.enum) return schema.enum[0];
  if (schema.items) return [valueFor(name, schema.items, own)];
  if (schema.format === 'uuid') return own.fields[name];
  return BY_TYPE[[schema.type ?? ''].flat()[0] ?? '']?.(schema);
}

const BY_TYPE: Record<string, (schema: Schema) => unknown> = {
  integer: ({ minimum = 1 }) => minimum,
  number: ({ minimum = 1 }) => minimum,
  boolean: () => true,
  object: ({ properties }) => (properties ? undefined : {}),
};

function fresh(kind: string): string {
  return `${kind}-${randomBytes(6).toString('hex')}`;
}
