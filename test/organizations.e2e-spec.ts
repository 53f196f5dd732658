import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, faultyFields } from './support/answers.js';
import { Client } from './support/client.js';
import { PASSWORD, World } from './support/world.js';

const UNKNOWN = 'org_00000000000000000000';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
const uniqueName = () => `acme-${randomBytes(5).toString('hex')}`;

describe('Organizations', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  const make = async (fields: object = {}) => {
    const { body } = await world.superAdmin.post('/organizations', { name: uniqueName(), ...fields }).expect(201);
    return body.data;
  };
  const namesIn = async (query: string): Promise<string[]> => {
    const { body } = await world.superAdmin.get(`/organizations?${query}`).expect(200);
    return body.data.map(({ name }: { name: string }) => name);
  };
  const platformKey = async (scopes: string[]) => {
    const { body } = await world.superAdmin.post('/api-keys', { name: 'platform', scopes }).expect(201);
    return new Client(world.url).withKey(body.data.key);
  };

  describe('are listed', () => {
    it('for a super admin', async () => {
      const acme = await world.organization();
      const { body } = await world.superAdmin.get('/organizations').expect(200);
      expect(body.data.map(({ id }: { id: string }) => id)).toContain(acme.id);
      expect(body.pagination).toEqual({ total: expect.any(Number), limit: 100, offset: 0 });
    });

    it('newest first, page by page', async () => {
      const prefix = uniqueName();
      for (const number of [1, 2, 3]) await make({ name: `${prefix}-${number}` });
      const first = await world.superAdmin.get(`/organizations?search=${prefix}&limit=2`).expect(200);
      expect(first.body.data.map(({ name }: { name: string }) => name)).toEqual([`${prefix}-3`, `${prefix}-2`]);
      expect(first.body.pagination).toEqual({ total: 3, limit: 2, offset: 0 });
      const second = await world.superAdmin.get(`/organizations?search=${prefix}&limit=2&offset=2`).expect(200);
      expect(second.body.data.map(({ name }: { name: string }) => name)).toEqual([`${prefix}-1`]);
      expect(second.body.pagination).toEqual({ total: 3, limit: 2, offset: 2 });
    });

    it('by tier and by whether they are active', async () => {
      const prefix = uniqueName();
      const free = await make({ name: `${prefix}-free`, tier: 'free' });
      await make({ name: `${prefix}-large`, tier: 'enterprise' });
      await world.superAdmin.delete(`/organizations/${free.id}`).expect(200);
      expect(await namesIn(`search=${prefix}&tier=enterprise`)).toEqual([`${prefix}-large`]);
      expect(await namesIn(`search=${prefix}&isActive=false`)).toEqual([`${prefix}-free`]);
      expect(await namesIn(`search=${prefix}&isActive=true`)).toEqual([`${prefix}-large`]);
      expect(await namesIn(`search=${prefix}&isActive=true&tier=free`)).toEqual([]);
    });

    it('by what name, display name and e-mail contain, in any case, and literally', async () => {
      const word = randomBytes(5).toString('hex');
      const percent = await make({ displayName: `${word} 100% Việt` });
      const underscore = await make({ email: `${word}_shop@example.com` });
      const found = (search: string) => namesIn(`search=${encodeURIComponent(search)}`);
      expect(await found(word.toUpperCase())).toEqual([underscore.name, percent.name]);
      expect(await found(`${word} 100%`)).toEqual([percent.name]);
      expect(await found(`${word}_`)).toEqual([underscore.name]);
      expect(await found(`${word}%`)).toEqual([]);
      expect(await found('\\')).toEqual([]);
    });

    it.each([
      'limit=0',
      'limit=101',
      'limit=1.5',
      'limit=ten',
      'limit=',
      'limit=1&limit=2',
      'offset=-1',
      'offset=1.5',
      'offset=2147483648',
      'isActive=maybe',
      'isActive=',
      'tier=gold',
      'search=',
      'search=%00',
      'page=2',
      'orgId=org_default_001',
    ])('not by %s', async (query) => {
      const response = await world.superAdmin.get(`/organizations?${query}`).expect(422);
      expect(faultyFields(response)).toEqual([query.split('=')[0]]);
    });

    it.each(['admin', 'manager', 'agent'] as const)('not for an %s of one of them', async (role) => {
      const acme = await world.organization();
      const member = await acme.as(role);
      await member.get('/organizations').expect(403);
    });

    it('not for keys of an organization, whatever their scopes', async () => {
      const acme = await world.organization();
      const key = await acme.withKey(['organization:read', 'organization:write', 'stats:read']);
      await key.get('/organizations').expect(403);
    });
  });

  describe('are made', () => {
    it('with everything that is documented', async () => {
      const fields = {
        name: uniqueName(),
        displayName: 'ACME Corporation',
        email: 'Admin@ACME.com',
        phone: '+1-555-0123',
        tier: 'enterprise',
        mondayWorkspaceId: '12345678',
        stripeCustomerId: 'cus_123',
        subscriptionStatus: 'trialing',
        trialEndsAt: '2030-01-01T07:00:00+07:00',
        features: { advanced_analytics: true, beta: false },
        settings: { allowAutoRouting: true, maxAgents: 50, nested: { list: [1, null, 'x'] } },
      };
      const { body } = await world.superAdmin.post('/organizations', fields).expect(201);
      const stored = { ...fields, email: 'admin@acme.com', trialEndsAt: '2030-01-01T00:00:00.000Z' };
      const made = { id: expect.any(String), isActive: true, createdBy: world.superAdmin.user.id };
      expect(body).toEqual({ ok: true, data: { ...stored, ...made, createdAt: TIME, updatedAt: TIME } });
      const read = await world.superAdmin.get(`/organizations/${body.data.id}`).expect(200);
      expect(read.body).toEqual(body);
    });

    it('with a name and nothing else', async () => {
      const name = uniqueName();
      const { body } = await world.superAdmin.post('/organizations', { name }).expect(201);
      expect(body.data).toEqual({
        id: expect.stringMatching(/^[\w-]{1,64}$/),
        name,
        displayName: null,
        email: null,
        phone: null,
        isActive: true,
        tier: 'standard',
        mondayWorkspaceId: null,
        stripeCustomerId: null,
        subscriptionStatus: null,
        trialEndsAt: null,
        features: {},
        settings: {},
        createdBy: world.superAdmin.user.id,
        createdAt: TIME,
        updatedAt: TIME,
      });
    });

    it('by a platform key', async () => {
      const key = await platformKey(['organizations:*']);
      const { body } = await key.post('/organizations', { name: uniqueName() }).expect(201);
      await key.get(`/organizations/${body.data.id}`).expect(200);
      expect((await key.get('/organizations?limit=1').expect(200)).body.data).toEqual([body.data]);
    });

    it('by no key that may only read them', async () => {
      const key = await platformKey(['organizations:read']);
      await key.get('/organizations').expect(200);
      const acme = await make();
      await key.post('/organizations', { name: uniqueName() }).expect(403);
      await key.patch(`/organizations/${acme.id}`, { displayName: 'x' }).expect(403);
      await key.delete(`/organizations/${acme.id}?hard=true`).expect(403);
    });

    it.each(['admin', 'manager', 'agent'] as const)('by no %s of another one', async (role) => {
      const acme = await world.organization();
      const name = uniqueName();
      await (await acme.as(role)).post('/organizations', { name }).expect(403);
      expect(await namesIn(`search=${name}`)).toEqual([]);
    });

    it.each(['a1', 'a-b', '1-2-3', 'x'.repeat(63)])('under the name %s', async (name) => {
      await world.superAdmin.post('/organizations', { name }).expect(201);
    });

    it.each([
      'a',
      'x'.repeat(64),
      'Acme',
      'acme_corp',
      '-acme',
      'acme-',
      'a--b',
      'a b',
      'ácme',
      'a.b',
      'a\nb',
      '',
      7,
      null,
    ])('never under the name %j', async (name) => {
      const response = await world.superAdmin.post('/organizations', { name }).expect(422);
      expect(faultyFields(response)).toEqual(['name']);
    });

    it('under a name of their own', async () => {
      const { name } = await make();
      const { body } = await world.superAdmin.post('/organizations', { name }).expect(409);
      expect(body.error.code).toBe('name_taken');
    });

    it('once, where two want the same name at the same time', async () => {
      const name = uniqueName();
      const answers = await Promise.all([1, 2, 3].map(() => world.superAdmin.post('/organizations', { name })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    });

    it.each<[string, object]>([
      ['features', { features: { beta: 'yes' } }],
      ['features', { features: { beta: 1 } }],
      ['features', { features: { beta: null } }],
      ['features', { features: { beta: { on: true } } }],
      ['features', { features: [true] }],
      ['features', { features: null }],
      ['settings', { settings: [] }],
      ['settings', { settings: 'x' }],
      ['tier', { tier: 'gold' }],
      ['email', { email: 'nobody' }],
      ['displayName', { displayName: 'x'.repeat(256) }],
      ['trialEndsAt', { trialEndsAt: 'tomorrow' }],
      ['trialEndsAt', { trialEndsAt: '2030-02-30T00:00:00Z' }],
      ['trialEndsAt', { trialEndsAt: '2030-01-01T00:00:00' }],
      ['trialEndsAt', { trialEndsAt: '0000-01-01T00:00:00Z' }],
      ['trialEndsAt', { trialEndsAt: '2030-01-01T00:00:00+99:00' }],
      ['id', { id: 'org_mine' }],
      ['isActive', { isActive: false }],
      ['createdBy', { createdBy: 'me' }],
    ])('never with a bad %s: %j', async (path, fields) => {
      const response = await world.superAdmin.post('/organizations', { name: uniqueName(), ...fields }).expect(422);
      expect(faultyFields(response)).toEqual([path]);
    });

    it.each(['2030-01-01T00:00Z', '2030-01-01T00:00:00.5Z', '2030-01-01T07:00:00+0700'])(
      'with the trial end %s, however it is written',
      async (trialEndsAt) => {
        const { trialEndsAt: stored } = await make({ trialEndsAt });
        expect(stored).toBe(new Date(trialEndsAt.replace('+0700', '+07:00')).toISOString());
      },
    );
  });

  describe('are shown', () => {
    it.each(['admin', 'manager', 'agent'] as const)('to their %s', async (role) => {
      const acme = await world.organization();
      const member = await acme.as(role);
      const { body } = await member.get(`/organizations/${acme.id}`).expect(200);
      expect(body.data).toMatchObject({ id: acme.id, name: acme.name });
      expect((await member.get('/organizations/current').expect(200)).body).toEqual(body);
    });

    it('to members of another one as if they did not exist', async () => {
      const [acme, rival] = [await world.organization(), await world.organization()];
      for (const suffix of ['', '/stats']) {
        const foreign = await rival.get(`/organizations/${acme.id}${suffix}`).expect(404);
        const unknown = await rival.get(`/organizations/${UNKNOWN}${suffix}`).expect(404);
        expect(answer(foreign)).toEqual(answer(unknown));
        expect(foreign.body.error.code).toBe('not_found');
      }
    });

    it('to nobody under ids that cannot be', async () => {
      for (const id of ['%00', "'%20OR%201=1", 'x'.repeat(65), 'a%2Fb', '%F0%9F%98%80', '..%2Fcurrent'])
        await world.superAdmin.get(`/organizations/${id}`).expect(404);
    });

    it('with counts of what is theirs and nobody else has', async () => {
      const [acme, rival] = [await world.organization(), await world.organization()];
      await acme.as('agent');
      const chatbot = `INSERT INTO chatbots (org_id, id, name) VALUES ($1, gen_random_uuid(), 'Mai')`;
      for (const orgId of [acme.id, acme.id, rival.id]) await world.database.rows(chatbot, [orgId]);
      const { body } = await acme.get(`/organizations/${acme.id}/stats`).expect(200);
      const { body: own } = await acme.get('/organizations/current').expect(200);
      expect(body.data).toEqual({
        organization: own.data,
        stats: {
          totalUsers: 2,
          totalIntegrations: 0,
          totalChatbots: 2,
          totalCustomers: 0,
          totalConversations: 0,
          totalMessages: 0,
        },
      });
      expect((await world.superAdmin.get(`/organizations/${acme.id}/stats`).expect(200)).body).toEqual(body);
    });

    it('with counts to managers, and not to agents', async () => {
      const acme = await world.organization();
      await (await acme.as('manager')).get(`/organizations/${acme.id}/stats`).expect(200);
      await (await acme.as('agent')).get(`/organizations/${acme.id}/stats`).expect(403);
    });
  });

  describe('are changed', () => {
    it.each(['put', 'patch'] as const)('by the platform with %s, only where something is said', async (method) => {
      const before = await make({ displayName: 'Before', phone: '1', features: { a: true }, settings: { x: 1 } });
      const change = { name: uniqueName(), displayName: 'After', phone: null, tier: 'free', features: { b: true } };
      const { body } = await world.superAdmin[method](`/organizations/${before.id}`, change).expect(200);
      expect(body.data).toEqual({ ...before, ...change, updatedAt: TIME });
      expect(body.data.updatedAt >= before.updatedAt).toBe(true);
    });

    it('in whether they are active', async () => {
      const acme = await world.organization();
      await world.superAdmin.put(`/organizations/${acme.id}`, { isActive: false }).expect(200);
      const { body } = await acme.get('/auth/me').expect(403);
      expect(body.error.code).toBe('organization_inactive');
      await world.superAdmin.put(`/organizations/${acme.id}`, { isActive: true }).expect(200);
      await acme.get('/auth/me').expect(200);
    });

    it('never to a name in use', async () => {
      const [acme, rival] = [await make(), await make()];
      const { body } = await world.superAdmin.patch(`/organizations/${acme.id}`, { name: rival.name }).expect(409);
      expect(body.error.code).toBe('name_taken');
      await world.superAdmin.patch(`/organizations/${acme.id}`, { name: acme.name }).expect(200);
    });

    it('in name and contact by their own admin', async () => {
      const acme = await world.organization();
      const change = { displayName: 'ACME', email: 'hi@acme.com', phone: '123', settings: { greeting: 'Chào' } };
      const { body } = await acme.patch('/organizations/current', change).expect(200);
      expect(body.data).toMatchObject({ id: acme.id, ...change });
      expect((await acme.get('/organizations/current').expect(200)).body).toEqual(body);
    });

    it.each([
      'name',
      'tier',
      'isActive',
      'features',
      'stripeCustomerId',
      'subscriptionStatus',
      'trialEndsAt',
      'mondayWorkspaceId',
      'id',
      'orgId',
    ])('in no %s by their own admin', async (field) => {
      const acme = await world.organization();
      const { body: before } = await acme.get('/organizations/current').expect(200);
      const response = await acme.patch('/organizations/current', { [field]: 'enterprise' }).expect(422);
      expect(faultyFields(response)).toEqual([field]);
      expect((await acme.get('/organizations/current').expect(200)).body).toEqual(before);
    });

    it('by no manager and no agent', async () => {
      const acme = await world.organization();
      for (const role of ['manager', 'agent'] as const)
        await (await acme.as(role)).patch('/organizations/current', { displayName: 'Mine' }).expect(403);
    });

    it('by no member through the routes of the platform, be it their own or another', async () => {
      const [acme, rival] = [await world.organization(), await world.organization()];
      for (const id of [acme.id, rival.id, UNKNOWN]) {
        const refused = await Promise.all([
          acme.put(`/organizations/${id}`, { tier: 'enterprise' }),
          acme.patch(`/organizations/${id}`, { tier: 'enterprise' }),
          acme.delete(`/organizations/${id}`),
          acme.delete(`/organizations/${id}?hard=true`),
          acme.post(`/organizations/${id}/activate`),
        ]);
        expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
      }
      const { body } = await world.superAdmin.get(`/organizations/${acme.id}`).expect(200);
      expect(body.data).toMatchObject({ tier: 'standard', isActive: true });
    });

    it('where they exist, and nowhere else', async () => {
      for (const attempt of [
        world.superAdmin.get(`/organizations/${UNKNOWN}`),
        world.superAdmin.get(`/organizations/${UNKNOWN}/stats`),
        world.superAdmin.put(`/organizations/${UNKNOWN}`, { displayName: 'x' }),
        world.superAdmin.patch(`/organizations/${UNKNOWN}`, { displayName: 'x' }),
        world.superAdmin.delete(`/organizations/${UNKNOWN}`),
        world.superAdmin.delete(`/organizations/${UNKNOWN}?hard=true`),
        world.superAdmin.post(`/organizations/${UNKNOWN}/activate`),
      ])
        await attempt.expect(404);
    });
  });

  describe('are deactivated', () => {
    it('at once for everybody in them, and for nobody else', async () => {
      const [acme, rival] = [await world.organization(), await world.organization()];
      const key = await acme.withKey(['users:read']);
      await key.get('/users').expect(200);
      const { body } = await world.superAdmin.delete(`/organizations/${acme.id}`).expect(200);
      expect(body.data).toMatchObject({ id: acme.id, isActive: false });
      const refused = [
        await acme.get('/users').expect(403),
        await key.get('/users').expect(403),
        await world.anonymous.post('/auth/refresh', { refreshToken: acme.admin.refreshToken }).expect(403),
        await world.anonymous.post('/auth/login', { email: acme.admin.user.email, password: PASSWORD }).expect(403),
      ];
      expect(refused.map((response) => response.body.error.code)).toEqual(Array(4).fill('organization_inactive'));
      await rival.get('/users').expect(200);
    });

    it('and activated again, with everything as it was', async () => {
      const acme = await world.organization();
      const key = await acme.withKey(['users:read']);
      await world.superAdmin.delete(`/organizations/${acme.id}`).expect(200);
      const { body } = await world.superAdmin.post(`/organizations/${acme.id}/activate`).expect(200);
      expect(body.data).toMatchObject({ id: acme.id, isActive: true });
      await acme.get('/users').expect(200);
      await key.get('/users').expect(200);
      await world.anonymous.post('/auth/refresh', { refreshToken: acme.admin.refreshToken }).expect(200);
    });

    it('but never the default one', async () => {
      const answers = [
        await world.superAdmin.delete('/organizations/org_default_001').expect(409),
        await world.superAdmin.put('/organizations/org_default_001', { isActive: false }).expect(409),
        await world.superAdmin.delete('/organizations/org_default_001?hard=true').expect(409),
      ];
      expect(answers.map(({ body }) => body.error.code)).toEqual(Array(3).fill('default_organization'));
      await world.superAdmin.get('/organizations').expect(200);
    });

    it.each(['hard=yes', 'hard=1', 'hard=TRUE', 'hard=', 'hard=true&hard=true', 'force=true'])(
      'never by a request with %s',
      async (query) => {
        const acme = await make();
        await world.superAdmin.delete(`/organizations/${acme.id}?${query}`).expect(422);
        const { body } = await world.superAdmin.get(`/organizations/${acme.id}`).expect(200);
        expect(body.data.isActive).toBe(true);
      },
    );
  });
});
