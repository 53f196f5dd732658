import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { attacksOn, pathAndQuery } from './support/isolation-attacks.js';
import type { Attack } from './support/isolation-attacks.js';
import { everyCaller } from './support/isolation-callers.js';
import { documentedOperations } from './support/isolation-document.js';
import type { Operation } from './support/isolation-document.js';
import { FACEBOOK_PAGE, PAGE_TOKEN, WHATSAPP_NUMBER, bodyFor } from './support/isolation-examples.js';
import { checksums, stock, tracesOf } from './support/isolation-holdings.js';
import type { Holdings } from './support/isolation-holdings.js';
import { IsolationProbe } from './support/isolation-probe.js';
import { Desk } from './support/providers.js';
import { PASSWORD, World } from './support/world.js';

describe('Between two organizations, by every documented route', () => {
  let desk: Desk;
  let world: World;
  let operations: Operation[];
  let acme: Holdings;
  let rival: Holdings;
  let attacks: Attack[];
  let gaps: string[];
  beforeAll(async () => {
    desk = await Desk.start();
    desk.facebookPage({ oaId: FACEBOOK_PAGE });
    desk.number({ ...WHATSAPP_NUMBER, token: PAGE_TOKEN });
    world = await World.start({ ...desk.settings, ALLOW_SIGNUP: 'true' });
    operations = await documentedOperations(world.anonymous);
    const lists = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
    for (const _ of [1, 2])
      [acme, rival] = [
        rival,
        await stock(
          world,
          lists.map(({ path }) => path),
        ),
      ];
    ({ attacks, gaps } = await attacksOn(operations, acme, rival));
  }, 120_000);
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  it('leaves no route and no parameter untried', () => {
    expect(gaps).toEqual([]);
    expect(attacks.length).toBeGreaterThan(operations.length);
  });

  it.each<[string, Partial<Operation>]>([
    ['path id', { path: '/widgets/{id}', parameters: [{ name: 'id', in: 'path', schema: { type: 'string' } }] }],
    ['query teamId', { parameters: [{ name: 'teamId', in: 'query', schema: { type: 'string', format: 'uuid' } }] }],
    ['query nickname', { parameters: [{ name: 'nickname', in: 'query', schema: { type: 'string' } }] }],
    ['query cursor', { parameters: [{ name: 'cursor', in: 'query', schema: { type: 'string' } }] }],
    ['body teamId', { method: 'POST', bodies: [{ properties: { teamId: { type: 'string', format: 'uuid' } } }] }],
    ['body crew.leadId', { method: 'POST', bodies: [{ properties: { crew: { properties: { leadId: {} } } } }] }],
    ['colour', { method: 'POST', bodies: [{ required: ['colour'], properties: { colour: { type: 'string' } } }] }],
    ['is not among its parameters', { path: '/widgets/{id}' }],
  ])('would name a route of which it knows no value to try: %s', async (missing, route) => {
    const base = {
      method: 'GET',
      path: '/widgets',
      isPublic: false,
      needs: ['users:read'],
      parameters: [],
      bodies: [],
    };
    const { attacks: found, gaps: named } = await attacksOn(
      [{ ...base, name: 'the new route', ...route }],
      acme,
      rival,
    );
    expect(found).toEqual([]);
    expect(named).toEqual([expect.stringMatching(`^the new route: .*${missing.split('.').at(-1)}`)]);
  });

  it('nobody comes by, learns of, or changes what another has, whatever their role or scopes', async () => {
    const callers = await everyCaller(world, rival);
    const before = await checksums(world.database, acme.organization.id);
    const probe = new IsolationProbe(world, acme, await tracesOf(world, acme));
    expect(await probe.run(attacks, callers)).toEqual([]);
    expect(await checksums(world.database, acme.organization.id)).toEqual(before);
  }, 240_000);

  it('refuses every field that a body does not have, by its name, and with it whatever would be made its owner', async () => {
    const before = await checksums(world.database, acme.organization.id);
    const accepted: string[] = [];
    for (const operation of operations)
      for (const [index, schema] of operation.bodies.entries())
        for (const [field, value] of Object.entries(ownerFields()).filter(
          ([name]) => !(name in (schema.properties ?? {})),
        )) {
          const body = { ...(await bodyFor(operation, schema, rival)), [field]: value };
          const { status, body: said } = await sendAs(mightiest(operation), operation, body);
          const isRefused = status === 422 && JSON.stringify(faulty(said)) === JSON.stringify([field]);
          if (!isRefused) accepted.push(`${operation.name} ${index} ${field}: ${status} ${said}`);
        }
    expect(accepted).toEqual([]);
    expect(await checksums(world.database, acme.organization.id)).toEqual(before);
  }, 120_000);

  it('takes no role or organization that is not for the caller to give', async () => {
    const [admin, key] = [
      rival.organization.admin,
      await rival.organization.withKey(['users:write', 'invitations:write']),
    ];
    const person = () => ({
      username: `u-${randomUUID().slice(0, 8)}`,
      email: `${randomUUID()}@example.com`,
      password: PASSWORD,
    });
    await admin.post('/users', { ...person(), role: 'super_admin' }).expect(403);
    await key.post('/users', { ...person(), role: 'admin' }).expect(403);
    await key.patch(`/users/${rival.rows['users']}`, { role: 'admin' }).expect(403);
    await admin.post('/auth/register', { ...person(), role: 'agent', orgId: acme.organization.id }).expect(403);
    await admin.post('/auth/register', { ...person(), role: 'super_admin' }).expect(403);
    await world.anonymous
      .post('/auth/register', { ...person(), role: 'agent', orgId: acme.organization.id })
      .expect(401);
    await admin.post('/auth/switch-organization', { orgId: acme.organization.id }).expect(403);
  });

  // Last, because it uses up what there is.
  it('answers the own organization on each of these routes, so that what was refused was refused for its owner', async () => {
    const refused: string[] = [];
    for (const operation of [...operations].sort((one, other) => harm(one) - harm(other)))
      for (const schema of operation.bodies.length > 0 ? operation.bodies : [undefined]) {
        const body = schema && (await bodyFor(operation, schema, rival));
        const { status, body: said } = await sendAs(mightiest(operation), operation, body);
        if (!(SPECIAL[operation.name] ?? [200, 201, 202]).includes(status))
          refused.push(`${operation.name}: ${status} ${said}`);
      }
    expect(refused).toEqual([]);
  }, 120_000);

  const ownerFields = (): Record<string, unknown> => ({
    orgId: acme.organization.id,
    org_id: acme.organization.id,
    organizationId: acme.organization.id,
    tenantId: acme.organization.id,
    role: 'super_admin',
    permissions: ['organizations:*'],
    accountId: acme.organization.admin.user.id,
    account_id: acme.organization.admin.user.id,
    createdBy: acme.organization.admin.user.id,
    id: acme.organization.admin.user.id,
    passwordHash: 'x',
  });

  /** Whoever may most certainly call a route. */
  const mightiest = ({ needs, isPublic }: Operation): Record<string, string> => {
    if (isPublic) return rival.organization.admin.headers;
    return needs.some((need) => need.startsWith('organizations:'))
      ? world.superAdmin.headers
      : rival.organization.admin.headers;
  };

  async function sendAs(headers: Record<string, string>, operation: Operation, body?: object) {
    const path = pathAndQuery(operation, rival);
    return new IsolationProbe(world, acme, []).send({ method: operation.method, path, body }, headers);
  }
});

/** What a webhook answers without its provider's signature or token; it has no other caller. */
const SPECIAL: Record<string, number[]> = {
  'GET /integrations/zalo/callback': [403, 422], // Whoever comes back without having begun.
  'GET /media/{id}': [404], // Whoever asks without its signature.
  'POST /media': [422], // Whoever sends no file.
  'GET /webhooks/facebook': [403, 422],
  'POST /webhooks/facebook': [401],
  'GET /webhooks/whatsapp': [403, 422],
  'POST /webhooks/whatsapp': [401],
  'POST /webhooks/zalo': [401],
};

/** What takes away comes after what only reads and adds; sessions and whole organizations at last. */
function harm({ name, method }: Operation): number {
  const last = ['POST /auth/refresh', 'POST /auth/logout', 'PUT /users/me/password', 'DELETE /organizations/{id}'];
  const byMethod = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'].indexOf(method);
  return name === 'POST /organizations/{id}/activate' ? 100 : (last.indexOf(name) + 1) * 10 + byMethod;
}

function faulty(said: string): string[] {
  return (JSON.parse(said).error?.details ?? []).map(({ path }: { path: string }) => path);
}
