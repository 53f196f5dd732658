import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, faultyFields } from './support/answers.js';
import type { Client } from './support/client.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

const unique = (word: string) => `${word}-${randomBytes(6).toString('hex')}`;
const person = (fields: object = {}) => {
  const username = unique('linh');
  return { username, email: `${username}@example.com`, password: PASSWORD, role: 'agent', ...fields };
};
const founder = (fields: object = {}) => {
  const { role: _, ...rest } = person();
  return { organizationName: unique('Acme'), ...rest, ...fields };
};

describe('Registering', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const countUsers = async () => (await world.database.rows('SELECT id FROM users')).length;

  describe('a member', () => {
    it("puts them where a super admin says, in the contract's form", async () => {
      const body = person({ orgId: acme.id, role: 'admin' });
      const made = await world.superAdmin.post('/auth/register', body).expect(201);
      expect(Object.keys(made.body)).toEqual(['ok', 'user']);
      const { password: _, ...shown } = body;
      expect(made.body.user).toMatchObject({ ...shown, isActive: true, createdBy: world.superAdmin.user.id });
      expect(made.text).not.toContain('password');
      const linh = await world.signIn({ email: body.email, password: PASSWORD });
      expect(linh.user).toMatchObject({ orgId: acme.id, role: 'admin' });
    });

    it('puts them where a platform key says', async () => {
      const { body } = await world.superAdmin.post('/api-keys', { name: 'x', scopes: ['organizations:*'] }).expect(201);
      const key = world.anonymous.withKey(body.data.key);
      const made = await key.post('/auth/register', person({ orgId: acme.id })).expect(201);
      expect(made.body.user).toMatchObject({ orgId: acme.id, createdBy: null });
      await key.post('/auth/register', person({ orgId: 'org_default_001', role: 'super_admin' })).expect(403);
    });

    it("puts them into an admin's own organization, whether it is named or not", async () => {
      for (const orgId of [acme.id, undefined]) {
        const { body } = await acme.post('/auth/register', person({ orgId })).expect(201);
        expect(body.user).toMatchObject({ orgId: acme.id, createdBy: acme.admin.user.id });
      }
    });

    it('is written down in the organization that they come to', async () => {
      const own = await world.organization();
      const { body } = await world.superAdmin.post('/auth/register', person({ orgId: own.id })).expect(201);
      const log = await own.get('/audit-logs?action=user.created').expect(200);
      expect(log.body.data[0]).toMatchObject({
        targetId: body.user.id,
        actor: { id: world.superAdmin.user.id, role: 'super_admin', orgId: 'org_default_001' },
      });
    });

    it("is no admin's in another organization, be there one or not", async () => {
      const before = await countUsers();
      const foreign = await acme.post('/auth/register', person({ orgId: rival.id })).expect(403);
      const unknown = await acme.post('/auth/register', person({ orgId: 'org_nowhere' })).expect(403);
      expect(answer(foreign)).toEqual(answer(unknown));
      expect(await countUsers()).toBe(before);
    });

    it('makes nobody a super admin, but by a super admin and at home', async () => {
      await acme.post('/auth/register', person({ role: 'super_admin' })).expect(403);
      await world.superAdmin.post('/auth/register', person({ role: 'super_admin', orgId: acme.id })).expect(422);
      await world.superAdmin.post('/auth/register', person({ role: 'super_admin' })).expect(201);
    });

    it('is nothing for managers, agents, keys without the scope, and strangers', async () => {
      const before = await countUsers();
      const callers: Client[] = [await acme.as('manager'), await acme.as('agent'), await acme.withKey(['users:read'])];
      for (const caller of callers) {
        await caller.post('/auth/register', person()).expect(403);
        await caller.post('/auth/register', person({ orgId: acme.id, role: 'admin' })).expect(403);
      }
      for (const fields of [{}, { orgId: acme.id }, { role: 'super_admin', orgId: 'org_default_001' }])
        await world.anonymous.post('/auth/register', person(fields)).expect(401);
      await world.anonymous.post('/auth/register', person()).set('authorization', 'Bearer x').expect(401);
      await world.anonymous.post('/auth/register', {}).expect(401);
      expect(await countUsers()).toBe(before + 2);
    });

    it('refuses what is taken there, and not what is taken elsewhere', async () => {
      const body = person({ orgId: acme.id });
      await world.superAdmin.post('/auth/register', body).expect(201);
      const again = await world.superAdmin.post('/auth/register', { ...body, email: person().email }).expect(409);
      expect(again.body.error.code).toBe('username_taken');
      const mail = await world.superAdmin.post('/auth/register', { ...body, username: unique('linh') }).expect(409);
      expect(mail.body.error.code).toBe('email_taken');
      await world.superAdmin.post('/auth/register', { ...body, orgId: rival.id }).expect(201);
    });

    it.each<[string[], object]>([
      [['orgId'], { orgId: 'org_nowhere' }],
      [['orgId'], { orgId: 7 }],
      [['orgId'], { orgId: '' }],
      [['role'], { role: 'owner' }],
      [['role'], { role: undefined }],
      [['email'], { email: 'x' }],
      [['password'], { password: '1234567' }],
      [['isActive'], { isActive: false }],
      [['id'], { id: 'x' }],
    ])('422 for %j in %j', async (fields, change) => {
      expect(faultyFields(await world.superAdmin.post('/auth/register', person(change)).expect(422))).toEqual(fields);
    });
  });

  describe('an organization', () => {
    it('is not open unless the operator says so', async () => {
      const before = await countUsers();
      const { body } = await world.anonymous.post('/auth/register', founder()).expect(403);
      expect(body.error.code).toBe('forbidden');
      expect(await countUsers()).toBe(before);
    });
  });
});

describe('Signing up, where it is open,', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ ALLOW_SIGNUP: 'true' });
  });
  afterAll(() => world.stop());

  const signUp = (fields: object = {}) => world.anonymous.post('/auth/register', founder(fields));

  it('makes an organization and its first admin, who sees it and nothing else', async () => {
    const rival = await world.organization();
    const body = founder({ organizationName: 'Phở Đặc Biệt & Co.' });
    const made = await world.anonymous.post('/auth/register', body).expect(201);
    expect(made.body).toMatchObject({ ok: true, user: { email: body.email, role: 'admin', createdBy: null } });
    const linh = await world.signIn({ email: body.email, password: PASSWORD });
    const { body: own } = await linh.get('/organizations/current').expect(200);
    expect(own.data).toMatchObject({
      name: 'pho-dac-biet-co',
      displayName: 'Phở Đặc Biệt & Co.',
      isActive: true,
      tier: 'standard',
    });
    expect(own.data.id).toBe(made.body.user.orgId);
    await linh.get('/organizations').expect(403);
    await linh.get(`/organizations/${rival.id}`).expect(404);
    const { body: users } = await linh.get('/users').expect(200);
    expect(users.data.map(({ id }: { id: string }) => id)).toEqual([linh.user.id]);
    const { body: log } = await linh.get('/audit-logs').expect(200);
    expect(log.data.map(({ action }: { action: string }) => action)).toEqual(['user.created', 'organization.created']);
  });

  it.each(['orgId', 'role', 'tier', 'isActive', 'name'])('lets nobody name a %s', async (field) => {
    expect(faultyFields(await signUp({ [field]: 'admin' }).expect(422))).toEqual([field]);
  });

  it.each(['', 'x', '!!!', '日本', 'x'.repeat(64), 7, null, ['Acme']])(
    'takes no organization called %j, and keeps nothing',
    async (organizationName) => {
      const before = await world.database.rows('SELECT id FROM organizations');
      expect(faultyFields(await signUp({ organizationName }).expect(422))).toEqual(['organizationName']);
      expect(await world.database.rows('SELECT id FROM organizations')).toEqual(before);
    },
  );

  it('refuses a name that is taken, and keeps nothing of it', async () => {
    const organizationName = unique('Acme');
    await signUp({ organizationName }).expect(201);
    const before = await world.database.rows('SELECT id FROM users');
    const { body } = await signUp({ organizationName: `${organizationName}!` }).expect(409);
    expect(body.error.code).toBe('name_taken');
    expect(await world.database.rows('SELECT id FROM users')).toEqual(before);
  });

  it('does not open any other way in', async () => {
    await world.anonymous.post('/auth/register', person()).expect(401);
    await world.anonymous.post('/auth/register', person({ orgId: 'org_default_001' })).expect(401);
  });
});
