import { randomBytes, randomInt } from 'node:crypto';
import type { Holdings } from './isolation-holdings.js';
import type { Operation, Schema } from './isolation-document.js';
import type { TestOrganization } from './test-organization.js';
import { DEMO_USER_TOKEN } from '../../src/providers/accounts.js';
import { PASSWORD } from './world.js';

/** A body that its route accepts, but for what an attack puts into it. */
export type Body = Record<string, unknown>;
type Example = (own: Holdings) => unknown; // Or a promise of it.

/** What the providers' desk has to have, for the routes that connect. */
export const PAGE_TOKEN = 'page-token';
export const FACEBOOK_PAGE = '170100000001';
export const WHATSAPP_NUMBER = { oaId: '170100000002', businessId: '170100000003' };

/** Fields whose own schema does not say enough; what has to be unique is new each time. */
const BY_NAME: Record<string, Example> = {
  name: () => fresh('name'),
  username: () => fresh('user'),
  email: () => `${fresh('mail')}@example.com`,
  organizationName: () => fresh('organization'),
  password: () => PASSWORD,
  currentPassword: () => PASSWORD,
  newPassword: () => PASSWORD,
  accessToken: () => PAGE_TOKEN,
  userToken: () => DEMO_USER_TOKEN,
  pageIds: () => [FACEBOOK_PAGE],
  businessAccountId: () => WHATSAPP_NUMBER.businessId,
  phoneNumberIds: () => [WHATSAPP_NUMBER.oaId],
  refreshToken: ({ organization }) => organization.admin.refreshToken,
  invitationToken: ({ organization }) => newInvitation(organization),
  orgId: ({ organization }) => organization.id,
  oaId: () => String(randomInt(1e12, 9e13)),
  role: () => 'agent',
  url: () => 'https://partner.example.com/hooks',
  messageId: () => fresh('message'),
  customer: () => ({ externalId: fresh('customer') }),
  shortcut: () => fresh('shortcut'),
  text: () => fresh('text'),
};

/** What a route wants beyond the fields that it always needs. */
const BESIDES: Record<string, (own: Holdings, field?: string) => Body> = {
  'POST /conversations/{id}/messages': (_, field) =>
    field === 'mediaId' ? { attachments: [{ type: 'image' }] } : { text: 'hello' },
  'POST /integrations': (_, field) =>
    field === 'webhookEndpointId' ? { platform: 'api' } : { accessToken: 'page-token' },
  'POST /integrations/{id}/inbound': () => ({ text: 'hello' }),
  'POST /integrations/{id}/receipts': ({ rows }, field) =>
    field === undefined ? { messageId: rows['messages of partners'] } : {},
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
