import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, faultyFields } from './support/answers.js';
import type { Client } from './support/client.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

const HOME = 'org_default_001';
const claimsOf = ({ headers }: Client) =>
  JSON.parse(Buffer.from((headers['authorization'] ?? '').split('.')[1] ?? '', 'base64url').toString());

describe('A super admin who switches into an organization', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const enter = async (orgId: string, as = world.superAdmin): Promise<Client> => {
    const { body } = await as.post('/auth/switch-organization', { orgId }).expect(200);
    return world.anonymous.withToken(body.tokens.accessToken, body.user, body.tokens.refreshToken);
  };
  const anotherSuperAdmin = () => world.member(HOME, 'super_admin');

  it('gets tokens that are bound to it, with the true actor in them', async () => {
    const { id, username, email } = world.superAdmin.user;
    const visitor = await enter(acme.id);
    expect(visitor.user).toEqual({ id, username, email, role: 'super_admin', orgId: acme.id });
    expect(claimsOf(visitor)).toMatchObject({
      sub: id,
      userId: id,
      orgId: acme.id,
      role: 'super_admin',
      act: { sub: id, orgId: HOME },
    });
    const { body } = await visitor.get('/auth/me').expect(200);
    expect(body.data).toMatchObject({ id, role: 'super_admin', orgId: acme.id });
  });

  it('sees what its members see, and nothing of another one', async () => {
    await acme.conversation('a word to acme');
    await rival.conversation('a word to rival');
    const visitor = await enter(acme.id);
    const [theirs, own] = [
      await acme.get('/conversations').expect(200),
      await visitor.get('/conversations').expect(200),
    ];
    expect(own.body).toEqual(theirs.body);
    await visitor.get(`/users/${acme.admin.user.id}`).expect(200);
    await visitor.get(`/users/${rival.admin.user.id}`).expect(404);
    const home = await world.superAdmin.get('/conversations').expect(200);
    expect(home.body.data).toEqual([]);
  });

  it('acts in their own name, told from members by where they are at home', async () => {
    const own = await world.organization();
    const visitor = await enter(own.id);
    const { body: bot } = await visitor.post('/chatbots', { name: 'Bot' }).expect(201);
    const { body } = await own.get('/audit-logs?action=chatbot.created').expect(200);
    expect(body.data).toEqual([expect.objectContaining({ orgId: own.id, targetId: bot.data.id })]);
    expect(body.data[0].actor).toEqual({
      type: 'user',
      id: world.superAdmin.user.id,
      name: world.superAdmin.user.username,
      role: 'super_admin',
      orgId: HOME,
    });
  });

  it("leaves a note of the visit on the platform's side", async () => {
    const own = await world.organization();
    await enter(own.id);
    const { body } = await world.superAdmin.get('/audit-logs?action=auth.organization_switched&limit=1').expect(200);
    expect(body.data[0]).toMatchObject({
      orgId: HOME,
      targetType: 'organization',
      targetId: own.id,
      actor: { id: world.superAdmin.user.id },
    });
  });

  it('stays there through refreshes', async () => {
    const visitor = await enter(acme.id);
    const { body } = await world.anonymous.post('/auth/refresh', { refreshToken: visitor.refreshToken }).expect(200);
    const refreshed = world.anonymous.withToken(body.tokens.accessToken, visitor.user);
    expect(claimsOf(refreshed)).toMatchObject({ orgId: acme.id, act: { orgId: HOME } });
    await refreshed.get(`/users/${acme.admin.user.id}`).expect(200);
  });

  it('goes on to a third one, and home again', async () => {
    const there = await enter(rival.id, await enter(acme.id));
    expect(claimsOf(there)).toMatchObject({ orgId: rival.id, act: { orgId: HOME } });
    const home = await enter(HOME, there);
    expect(claimsOf(home)).not.toHaveProperty('act');
    expect(home.user.orgId).toBe(HOME);
    await home.get(`/users/${world.superAdmin.user.id}`).expect(200);
  });

  it('makes no super admins there, and is not among its users', async () => {
    const visitor = await enter(acme.id);
    const person = { username: 'guest', email: 'guest@example.com', password: PASSWORD };
    await visitor.post('/users', { ...person, role: 'super_admin' }).expect(422);
    await visitor.get(`/users/${world.superAdmin.user.id}`).expect(404);
    const { body: listed } = await acme.get('/users?limit=100').expect(200);
    expect(listed.data.map(({ id }: { id: string }) => id)).not.toContain(world.superAdmin.user.id);
    const { body } = await visitor.post('/users', { ...person, role: 'agent' }).expect(201);
    expect(body.data).toMatchObject({ orgId: acme.id, createdBy: world.superAdmin.user.id });
  });

  it('changes their own password there as at home', async () => {
    const root = await anotherSuperAdmin();
    const visitor = await enter(acme.id, root);
    const change = { currentPassword: PASSWORD, newPassword: 'another correct horse' };
    const { body } = await visitor.put('/users/me/password', change).expect(200);
    expect(body.data).toMatchObject({ id: root.user.id, orgId: HOME });
    await world.signIn({ email: root.user.email, password: change.newPassword });
    await world.anonymous.post('/auth/refresh', { refreshToken: visitor.refreshToken }).expect(401);
  });

  describe('is shown out at the next request', () => {
    it('when they are no super admin any more', async () => {
      const root = await anotherSuperAdmin();
      const visitor = await enter(acme.id, root);
      await visitor.get('/users').expect(200);
      await world.superAdmin.patch(`/users/${root.user.id}`, { role: 'admin' }).expect(200);
      await visitor.get('/users').expect(401);
      await world.anonymous.post('/auth/refresh', { refreshToken: visitor.refreshToken }).expect(401);
    });

    it('when they are deactivated', async () => {
      const root = await anotherSuperAdmin();
      const visitor = await enter(acme.id, root);
      await world.superAdmin.delete(`/users/${root.user.id}`).expect(200);
      await visitor.get('/users').expect(401);
      await world.anonymous.post('/auth/refresh', { refreshToken: visitor.refreshToken }).expect(401);
    });

    it('when the organization is deactivated, and stays in at home', async () => {
      const own = await world.organization();
      const visitor = await enter(own.id);
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      expect((await visitor.get('/users').expect(403)).body.error.code).toBe('organization_inactive');
      await world.anonymous.post('/auth/refresh', { refreshToken: visitor.refreshToken }).expect(403);
      await world.superAdmin.get('/users').expect(200);
    });
  });

  describe('finds the door closed', () => {
    it('where there is no such organization, or a deactivated one', async () => {
      const own = await world.organization();
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      await world.superAdmin.post('/auth/switch-organization', { orgId: 'org_nowhere' }).expect(404);
      const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: own.id }).expect(403);
      expect(body.error.code).toBe('organization_inactive');
    });

    it.each<[string[], object]>([
      [['orgId'], {}],
      [['orgId'], { orgId: '' }],
      [['orgId'], { orgId: 7 }],
      [['orgId'], { orgId: ['org_default_001'] }],
      [['role'], { orgId: 'org_default_001', role: 'admin' }],
    ])('422 for %j in %j', async (fields, body) => {
      expect(faultyFields(await world.superAdmin.post('/auth/switch-organization', body).expect(422))).toEqual(fields);
    });

    it('where they are somebody else: no admin, manager, agent, key or stranger switches, be there an organization or not', async () => {
      const platform = await world.superAdmin.post('/api-keys', { name: 'x', scopes: ['organizations:*'] }).expect(201);
      const callers = [
        acme.admin,
        await acme.as('manager'),
        await acme.as('agent'),
        await acme.withKey(['organization:write']),
        await world.member(HOME, 'admin'),
        world.anonymous.withKey(platform.body.data.key),
      ];
      for (const caller of callers) {
        const foreign = await caller.post('/auth/switch-organization', { orgId: rival.id }).expect(403);
        const unknown = await caller.post('/auth/switch-organization', { orgId: 'org_nowhere' }).expect(403);
        expect(answer(foreign)).toEqual(answer(unknown));
      }
      await world.anonymous.post('/auth/switch-organization', { orgId: rival.id }).expect(401);
    });
  });
});
