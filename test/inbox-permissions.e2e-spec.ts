import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { SCOPES } from '../src/platform/context/permissions.js';
import type { Role, Scope } from '../src/platform/context/permissions.js';
import type { Client } from './support/client.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

/** Nobody's: where a caller may ask, the answer is 404, or what the list holds. */
const ID = uuidv7();

type Route = [method: 'get' | 'post' | 'patch' | 'delete', path: string, needs: Scope];

const ROUTES: Route[] = [
  ['get', '/customers', 'customers:read'],
  ['get', `/customers/${ID}`, 'customers:read'],
  ['patch', `/customers/${ID}`, 'customers:write'],
  ['get', '/conversations', 'conversations:read'],
  ['get', `/conversations/${ID}`, 'conversations:read'],
  ['patch', `/conversations/${ID}`, 'conversations:write'],
  ['post', `/conversations/${ID}/read`, 'conversations:write'],
  ['get', `/conversations/${ID}/messages`, 'messages:read'],
  ['post', `/conversations/${ID}/messages`, 'messages:write'],
  ['post', `/messages/${ID}/retry`, 'messages:write'],
  ['post', '/media?filename=..', 'messages:write'],
  ['get', '/integrations', 'integrations:read'],
  ['get', `/integrations/${ID}`, 'integrations:read'],
  ['post', '/integrations', 'integrations:write'],
  ['patch', `/integrations/${ID}`, 'integrations:write'],
  ['delete', `/integrations/${ID}`, 'integrations:write'],
  ['post', `/integrations/${ID}/inbound`, 'messages:write'],
  ['post', `/integrations/${ID}/receipts`, 'messages:write'],
  ['post', '/integrations/facebook/pages', 'integrations:write'],
  ['post', '/integrations/facebook/connect', 'integrations:write'],
  ['post', '/integrations/whatsapp/numbers', 'integrations:write'],
  ['post', '/integrations/whatsapp/connect', 'integrations:write'],
  ['get', '/chatbots', 'chatbots:read'],
  ['get', `/chatbots/${ID}`, 'chatbots:read'],
  ['post', '/chatbots', 'chatbots:write'],
  ['patch', `/chatbots/${ID}`, 'chatbots:write'],
  ['delete', `/chatbots/${ID}`, 'chatbots:write'],
  ['get', '/labels', 'labels:read'],
  ['post', '/labels', 'labels:write'],
  ['patch', `/labels/${ID}`, 'labels:write'],
  ['delete', `/labels/${ID}`, 'labels:write'],
  ['get', `/conversations/${ID}/labels`, 'conversations:read'],
  ['get', '/quick-replies', 'quick-replies:read'],
  ['post', '/quick-replies', 'quick-replies:write'],
  ['patch', `/quick-replies/${ID}`, 'quick-replies:write'],
  ['delete', `/quick-replies/${ID}`, 'quick-replies:write'],
  ['get', `/conversations/${ID}/timeline`, 'conversations:read'],
  ['get', `/conversations/${ID}/participants`, 'conversations:read'],
  ['post', `/conversations/${ID}/notes`, 'conversations:write'],
  ['patch', `/notes/${ID}`, 'conversations:write'],
  ['delete', `/notes/${ID}`, 'conversations:write'],
  ['get', '/search/messages?q=x', 'messages:read'],
  ['get', '/search/customers?q=x', 'customers:read'],
];

/** As the contract has the roles. */
const WORK = ['customers', 'conversations', 'messages'].flatMap((thing) => [`${thing}:read`, `${thing}:write`]);
const AGENT = [...WORK, 'labels:read', 'quick-replies:read'];
const MANAGER = [...AGENT, 'integrations:read', 'chatbots:read', 'labels:write', 'quick-replies:write'];
const ADMIN = [...MANAGER, 'integrations:write', 'chatbots:write'];
const ROLES: [Role, string[]][] = [
  ['agent', AGENT],
  ['manager', MANAGER],
  ['admin', ADMIN],
];

describe("The inbox's routes", () => {
  let world: World;
  let acme: TestOrganization;
  const callers = new Map<string, Client>();
  beforeAll(async () => {
    world = await World.start();
    acme = await world.organization();
    for (const [role] of ROLES) callers.set(role, await acme.as(role));
    for (const [, , scope] of ROUTES) if (!callers.has(scope)) callers.set(scope, await acme.withKey([scope]));
    const tenantScopes = SCOPES.filter((scope) => !scope.startsWith('organizations:'));
    for (const [, , scope] of ROUTES)
      if (!callers.has(`all but ${scope}`))
        callers.set(`all but ${scope}`, await acme.withKey(tenantScopes.filter((other) => other !== scope)));
  });
  afterAll(() => world.stop());

  const statusFor = async (caller: string, [method, path]: Route): Promise<number> => {
    const client = callers.get(caller);
    if (!client) throw new Error(`There is no caller ${caller}`);
    return (await client[method](path)).status;
  };
  /** Let in: an answer, nothing there by that id, or a body that lacks its fields. */
  const LET_IN = [200, 404, 422];

  it.each(ROUTES)('%s %s are open to the roles that may, and closed to the others', async (...route) => {
    for (const [role, permissions] of ROLES) {
      const status = await statusFor(role, route);
      if (permissions.includes(route[2])) expect(LET_IN).toContain(status);
      else expect({ role, status }).toEqual({ role, status: 403 });
    }
  });

  it.each(ROUTES)(
    '%s %s are open to a key of the one scope that they need, and to none without it',
    async (...route) => {
      expect(LET_IN).toContain(await statusFor(route[2], route));
      expect(await statusFor(`all but ${route[2]}`, route)).toBe(403);
    },
  );

  it.each(ROUTES)('%s %s are closed to nobody, and to two credentials at once', async (method, path) => {
    const [nobody, both] = [world.anonymous[method](path), acme.admin[method](path).set('x-api-key', 'pd_live_x_y')];
    for (const request of [nobody, both]) {
      const { body } = await request.expect(401);
      expect(body).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
    }
  });

  it('give a super admin who has switched into an organization its rows, and no others', async () => {
    const rival = await world.organization();
    const { id } = await acme.conversation();
    const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: rival.id }).expect(200);
    const switched = world.anonymous.withToken(body.tokens.accessToken, world.superAdmin.user);
    await switched.get(`/conversations/${id}`).expect(404);
    await switched.patch(`/conversations/${id}`, { status: 'resolved' }).expect(404);
    expect((await switched.get('/conversations').expect(200)).body.data).toEqual([]);
  });

  it.each(['/customers', '/conversations', '/integrations', '/chatbots'])(
    'give %s page by page, between one and a hundred at a time, and refuse what is no cursor',
    async (path) => {
      const first = await acme.get(path).expect(200);
      expect(first.body.pagination.limit).toBe(50);
      await acme.get(`${path}?limit=100`).expect(200);
      const bad = [
        'limit=0',
        'limit=101',
        'limit=1.5',
        'limit=x',
        'cursor=x',
        'cursor=',
        `cursor=${'A'.repeat(9_000)}`,
      ];
      for (const query of [...bad, 'limit=1&limit=2', 'cursor=a&cursor=b', 'unknown=1', 'orgId=org_default_001']) {
        const { body } = await acme.get(`${path}?${query}`).expect(422);
        expect(body.error.details).toEqual([{ path: query.split('=')[0], message: expect.any(String) }]);
      }
    },
  );

  it.each(['/customers', '/integrations', '/chatbots', '/conversations'])(
    "give %s of the own organization only, under the cursor of another organization's list, or of another list",
    async (path) => {
      const [mine, theirs] = [await world.organization(), await world.organization()];
      for (const organization of [mine, theirs, mine, theirs]) {
        await organization.conversation();
        await organization.post('/chatbots', { name: 'Mai' }).expect(201);
      }
      const own = (await mine.get(path).expect(200)).body.data.map(({ id }: { id: string }) => id);
      for (const other of ['/customers', '/integrations', '/chatbots', '/conversations']) {
        const { body } = await theirs.get(`${other}?limit=1`).expect(200);
        const seen = await mine.get(`${path}?cursor=${body.pagination.nextCursor}`).expect(200);
        for (const { id } of seen.body.data) expect(own).toContain(id);
      }
    },
  );
});
