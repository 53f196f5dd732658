import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, faultyFields } from './support/answers.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
const NEW_PASSWORD = 'a new battery staple';

interface Listed {
  id: string;
  username: string;
}

function person(fields: object = {}) {
  const username = `linh-${randomBytes(5).toString('hex')}`;
  return { username, email: `${username}@example.com`, password: PASSWORD, role: 'agent', ...fields };
}

describe('Users', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const create = async (fields: object = {}, organization = acme) =>
    (await organization.post('/users', person(fields)).expect(201)).body.data;
  const usernamesIn = async (query: string): Promise<string[]> => {
    const { body } = await acme.get(`/users?${query}`).expect(200);
    return body.data.map(({ username }: Listed) => username);
  };

  describe('are made', () => {
    it('by an admin, in their own organization', async () => {
      const { password: _, ...fields } = person({ name: 'Linh Trần', phone: '+84 90' });
      const { body } = await acme.post('/users', { ...fields, password: PASSWORD }).expect(201);
      const { id } = body.data;
      expect(body).toEqual({
        ok: true,
        data: {
          ...fields,
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          orgId: acme.id,
          accountId: id,
          isActive: true,
          createdBy: acme.admin.user.id,
          createdAt: TIME,
          updatedAt: TIME,
        },
      });
      expect((await acme.get(`/users/${id}`).expect(200)).body).toEqual(body);
      await world.signIn({ email: fields.email, password: PASSWORD });
    });

    it('with username and e-mail in lower case', async () => {
      const { username, email } = person();
      const created = await create({ username: ` ${username.toUpperCase()} `, email: email.toUpperCase() });
      expect(created).toMatchObject({ username, email });
    });

    it('with a username and an e-mail of their own, in any case', async () => {
      const { username, email } = await create();
      const sameName = await acme.post('/users', person({ username: username.toUpperCase() })).expect(409);
      const sameMail = await acme.post('/users', person({ email: email.toUpperCase() })).expect(409);
      expect([sameName, sameMail].map(({ body }) => body.error.code)).toEqual(['username_taken', 'email_taken']);
    });

    it('with a username and an e-mail that another organization has, too', async () => {
      const { username, email } = await create();
      const theirs = await create({ username, email }, rival);
      expect(theirs).toMatchObject({ username, email, orgId: rival.id });
    });

    it('once, where two want the same username at the same time', async () => {
      const { username } = person();
      const answers = await Promise.all([1, 2, 3].map(() => acme.post('/users', person({ username }))));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    });

    it.each<[string, object]>([
      ['orgId', { orgId: 'org_default_001' }],
      ['id', { id: randomUUID() }],
      ['accountId', { accountId: randomUUID() }],
      ['isActive', { isActive: false }],
      ['passwordHash', { passwordHash: 'x' }],
      ['createdBy', { createdBy: randomUUID() }],
      ['role', { role: 'owner' }],
      ['role', { role: null }],
      ['role', { role: ['agent'] }],
      ['email', { email: 'linh' }],
      ['email', { email: null }],
      ['username', { username: 'l' }],
      ['username', { username: 'linh tran' }],
      ['password', { password: '1234567' }],
      ['password', { password: 'x'.repeat(257) }],
      ['password', { password: 12_345_678 }],
      ['name', { name: '' }],
      ['phone', { phone: '0'.repeat(33) }],
    ])('never with a bad %s: %j', async (path, fields) => {
      expect(faultyFields(await acme.post('/users', person(fields)).expect(422))).toEqual([path]);
    });

    it('never as super admins by an admin', async () => {
      await acme.post('/users', person({ role: 'super_admin' })).expect(403);
    });

    it('as super admins only at home, even by a super admin', async () => {
      await world.superAdmin.post('/users', person({ role: 'super_admin' })).expect(201);
      const elsewhere = person({ role: 'super_admin', orgId: acme.id });
      expect(faultyFields(await world.superAdmin.post('/auth/register', elsewhere).expect(422))).toEqual(['role']);
    });

    it('never as super admins by an admin of the default organization', async () => {
      const admin = await world.member('org_default_001', 'admin');
      await admin.post('/users', person({ role: 'super_admin' })).expect(403);
      const { body } = await admin.post('/users', person()).expect(201);
      await admin.patch(`/users/${body.data.id}`, { role: 'super_admin' }).expect(403);
    });

    it('never with their password or its hash in an answer', async () => {
      const created = await acme.post('/users', person()).expect(201);
      const { text } = await acme.get('/users').expect(200);
      for (const said of [created.text, text]) expect(said).not.toMatch(/password|argon2/i);
      const stored = 'SELECT password_hash FROM users WHERE id = $1';
      const [row] = await world.database.rows<{ password_hash: string }>(stored, [created.body.data.id]);
      expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });
  });

  describe('are listed', () => {
    it('newest first, page by page', async () => {
      const prefix = `page-${randomBytes(4).toString('hex')}`;
      for (const number of [1, 2, 3]) await create({ username: `${prefix}-${number}` });
      const first = await acme.get(`/users?search=${prefix}&limit=2`).expect(200);
      expect(first.body.data.map(({ username }: Listed) => username)).toEqual([`${prefix}-3`, `${prefix}-2`]);
      expect(first.body.pagination).toEqual({ total: 3, limit: 2, offset: 0 });
      expect(await usernamesIn(`search=${prefix}&limit=2&offset=2`)).toEqual([`${prefix}-1`]);
      expect((await acme.get('/users').expect(200)).body.pagination).toMatchObject({ limit: 100, offset: 0 });
    });

    it('to their own organization only', async () => {
      const { username } = await create();
      const { body } = await rival.get(`/users?search=${username}`).expect(200);
      expect(body).toEqual({ ok: true, data: [], pagination: { total: 0, limit: 100, offset: 0 } });
      const all = await rival.get('/users').expect(200);
      expect(new Set(all.body.data.map(({ orgId }: { orgId: string }) => orgId))).toEqual(new Set([rival.id]));
    });

    it('by role and by whether they are active', async () => {
      const prefix = `role-${randomBytes(4).toString('hex')}`;
      const manager = await create({ username: `${prefix}-m`, role: 'manager' });
      await create({ username: `${prefix}-a` });
      await acme.delete(`/users/${manager.id}`).expect(200);
      expect(await usernamesIn(`search=${prefix}&role=agent`)).toEqual([`${prefix}-a`]);
      expect(await usernamesIn(`search=${prefix}&isActive=false`)).toEqual([`${prefix}-m`]);
      expect(await usernamesIn(`search=${prefix}&isActive=true&role=manager`)).toEqual([]);
    });

    it('by what username, e-mail and name contain, in any case, and literally', async () => {
      const word = randomBytes(5).toString('hex');
      const byName = await create({ name: `${word} 100% Trần` });
      const byMail = await create({ email: `${word}_x@example.com` });
      const found = (search: string) => usernamesIn(`search=${encodeURIComponent(search)}`);
      expect(await found(word.toUpperCase())).toEqual([byMail.username, byName.username]);
      expect(await found(`${word} 100% trần`)).toEqual([byName.username]);
      expect(await found(`${word}_`)).toEqual([byMail.username]);
      expect(await found(`${word}%`)).toEqual([]);
      expect(await found('\\')).toEqual([]);
    });

    it.each(['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'role=owner', 'isActive=1', 'search=%00', 'orgId=x'])(
      'not by %s',
      async (query) => {
        expect(faultyFields(await acme.get(`/users?${query}`).expect(422))).toEqual([query.split('=')[0]]);
      },
    );
  });

  describe('are changed', () => {
    it('only where something is said', async () => {
      const before = await create({ name: 'Linh', phone: '1' });
      const change = { username: person().username, name: 'Linh Trần', phone: null, role: 'manager' };
      const { body } = await acme.patch(`/users/${before.id}`, change).expect(200);
      expect(body.data).toEqual({ ...before, ...change, updatedAt: TIME });
    });

    it('never to a username or e-mail in use', async () => {
      const [one, two] = [await create(), await create()];
      const answers = [
        await acme.patch(`/users/${one.id}`, { username: two.username }).expect(409),
        await acme.patch(`/users/${one.id}`, { email: two.email }).expect(409),
      ];
      expect(answers.map(({ body }) => body.error.code)).toEqual(['username_taken', 'email_taken']);
      await acme.patch(`/users/${one.id}`, { username: one.username, email: one.email }).expect(200);
    });

    it.each(['orgId', 'id', 'isActive', 'passwordHash', 'accountId', 'createdAt'])('never in %s', async (field) => {
      const { id } = await create();
      expect(faultyFields(await acme.patch(`/users/${id}`, { [field]: 'x' }).expect(422))).toEqual([field]);
    });

    it('in their password, which ends their sessions', async () => {
      const { id, email } = await create();
      const linh = await world.signIn({ email, password: PASSWORD });
      await acme.patch(`/users/${id}`, { password: NEW_PASSWORD }).expect(200);
      await world.anonymous.post('/auth/refresh', { refreshToken: linh.refreshToken }).expect(401);
      await world.anonymous.post('/auth/login', { email, password: PASSWORD }).expect(401);
      await world.signIn({ email, password: NEW_PASSWORD });
    });
  });

  describe('are deactivated', () => {
    it('at the next request, with their refresh tokens, and activated again', async () => {
      const { id, email } = await create();
      const linh = await world.signIn({ email, password: PASSWORD });
      await linh.get('/auth/me').expect(200);
      const { body } = await acme.delete(`/users/${id}`).expect(200);
      expect(body.data).toMatchObject({ id, isActive: false });
      await linh.get('/auth/me').expect(401);
      await world.anonymous.post('/auth/refresh', { refreshToken: linh.refreshToken }).expect(401);
      await world.anonymous.post('/auth/login', { email, password: PASSWORD }).expect(401);
      const again = await acme.post(`/users/${id}/activate`).expect(200);
      expect(again.body.data).toMatchObject({ id, isActive: true });
      await world.signIn({ email, password: PASSWORD });
      await world.anonymous.post('/auth/refresh', { refreshToken: linh.refreshToken }).expect(401);
    });

    it('twice without complaint', async () => {
      const { id } = await create();
      await acme.delete(`/users/${id}`).expect(200);
      await acme.delete(`/users/${id}`).expect(200);
      await acme.post(`/users/${id}/activate`).expect(200);
      await acme.post(`/users/${id}/activate`).expect(200);
    });
  });

  describe('always leave an organization one active admin', () => {
    it('so the last one is neither deactivated nor demoted', async () => {
      const own = await world.organization();
      const { id } = own.admin.user;
      await own.post('/users', person({ role: 'manager' })).expect(201);
      const answers = [
        await own.delete(`/users/${id}`).expect(409),
        await own.patch(`/users/${id}`, { role: 'manager' }).expect(409),
        await world.superAdmin.post('/auth/switch-organization', { orgId: own.id }).expect(200),
      ];
      expect(answers.slice(0, 2).map(({ body }) => body.error.code)).toEqual(['last_admin', 'last_admin']);
      await own.patch(`/users/${id}`, { name: 'Still the admin', role: 'admin' }).expect(200);
    });

    it('where a deactivated admin does not count, nor one of another organization', async () => {
      const own = await world.organization();
      const second = await create({ role: 'admin' }, own);
      await own.delete(`/users/${second.id}`).expect(200);
      await own.delete(`/users/${own.admin.user.id}`).expect(409);
      await own.post(`/users/${second.id}/activate`).expect(200);
      await own.delete(`/users/${own.admin.user.id}`).expect(200);
    });

    it('even when two admins demote each other at the same time', async () => {
      for (const change of ['demote', 'deactivate']) {
        const own = await world.organization();
        const other = await own.as('admin');
        const [a, b] = [own.admin.user.id, other.user.id];
        const answers = await Promise.all(
          change === 'demote'
            ? [own.patch(`/users/${b}`, { role: 'agent' }), other.patch(`/users/${a}`, { role: 'agent' })]
            : [own.delete(`/users/${b}`), other.delete(`/users/${a}`)],
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        const active = `SELECT FROM users WHERE org_id = $1 AND role = 'admin' AND is_active`;
        expect(await world.database.rows(active, [own.id])).toHaveLength(1);
      }
    });

    it('and the platform one active super admin, however many other admins there are', async () => {
      await world.database.rows(`UPDATE users SET is_active = false WHERE role = 'super_admin' AND username <> 'root'`);
      await world.member('org_default_001', 'admin');
      const { id } = world.superAdmin.user;
      await world.superAdmin.patch(`/users/${id}`, { role: 'admin' }).expect(409);
      await world.superAdmin.delete(`/users/${id}`).expect(409);
      await world.superAdmin.get('/organizations').expect(200);
    });
  });

  describe('are out of reach', () => {
    it('for managers, who only read them', async () => {
      const manager = await acme.as('manager');
      const { id } = await create();
      await manager.get('/users').expect(200);
      await manager.get(`/users/${id}`).expect(200);
      await manager.post('/users', person()).expect(403);
      await manager.patch(`/users/${id}`, { role: 'admin' }).expect(403);
      await manager.patch(`/users/${manager.user.id}`, { role: 'admin' }).expect(403);
      await manager.delete(`/users/${id}`).expect(403);
      await manager.post(`/users/${id}/activate`).expect(403);
    });

    it('for agents', async () => {
      const agent = await acme.as('agent');
      await agent.get('/users').expect(403);
      await agent.get(`/users/${agent.user.id}`).expect(403);
      await agent.patch(`/users/${agent.user.id}`, { role: 'admin' }).expect(403);
      await agent.post('/users', person({ role: 'admin' })).expect(403);
    });

    it("for managers and agents, as all that is an admin's", async () => {
      for (const role of ['manager', 'agent'] as const) {
        const member = await acme.as(role);
        for (const path of ['/audit-logs', '/api-keys', '/invitations']) await member.get(path).expect(403);
        await member.post('/api-keys', { name: 'x', scopes: ['conversations:read'] }).expect(403);
        await member.post('/invitations', { email: 'x@example.com', role: 'admin' }).expect(403);
      }
    });

    it('for another organization, exactly as if they did not exist', async () => {
      const { id } = await create();
      const attempts = (target: string) => [
        rival.get(`/users/${target}`),
        rival.patch(`/users/${target}`, { role: 'admin', password: NEW_PASSWORD }),
        rival.delete(`/users/${target}`),
        rival.post(`/users/${target}/activate`),
      ];
      const before = await acme.get(`/users/${id}`).expect(200);
      const [foreign, unknown] = [await Promise.all(attempts(id)), await Promise.all(attempts(randomUUID()))];
      expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
      expect(foreign.map(answer)).toEqual(unknown.map(answer));
      expect((await acme.get(`/users/${id}`).expect(200)).body).toEqual(before.body);
    });

    it.each(['me', '1', 'x'.repeat(300), '%00', '018f0000-0000-7000-8000-00000000000g', "1'%20OR%20'1'='1"])(
      'under %s, which is no id',
      async (id) => {
        await acme.get(`/users/${id}`).expect(404);
        await acme.patch(`/users/${id}`, { name: 'x' }).expect(404);
        await acme.delete(`/users/${id}`).expect(404);
        await acme.post(`/users/${id}/activate`).expect(404);
      },
    );

    it('for anybody who asks for another organization by header', async () => {
      const { id } = await create();
      await rival.get(`/users/${id}`).set({ 'x-org-id': acme.id, 'x-organization-id': acme.id }).expect(404);
    });

    it("for keys that lack the scope, and admins for keys that lack an admin's", async () => {
      const writer = await acme.withKey(['users:write']);
      await writer.get('/users').expect(403);
      await writer.post('/users', person({ role: 'admin' })).expect(403);
      await writer.post('/users', person({ role: 'super_admin' })).expect(403);
      await writer.patch(`/users/${acme.admin.user.id}`, { password: NEW_PASSWORD }).expect(403);
      await writer.delete(`/users/${acme.admin.user.id}`).expect(403);
      const { body } = await writer.post('/users', person()).expect(201);
      expect(body.data.createdBy).toBeNull();
      await writer.patch(`/users/${body.data.id}`, { role: 'admin' }).expect(403);
    });
  });

  describe('change their own password', () => {
    it('and stay out of every other session', async () => {
      const linh = await acme.as('agent');
      const elsewhere = await world.signIn({ email: linh.user.email, password: PASSWORD });
      const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      const { body } = await linh.put('/users/me/password', change).expect(200);
      expect(body.data).toMatchObject({ id: linh.user.id });
      for (const { refreshToken } of [linh, elsewhere])
        await world.anonymous.post('/auth/refresh', { refreshToken }).expect(401);
      await world.anonymous.post('/auth/login', { email: linh.user.email, password: PASSWORD }).expect(401);
      await world.signIn({ email: linh.user.email, password: NEW_PASSWORD });
    });

    it('not without the current one', async () => {
      const linh = await acme.as('agent');
      const change = { currentPassword: 'a wrong password', newPassword: NEW_PASSWORD };
      const { body } = await linh.put('/users/me/password', change).expect(401);
      expect(body.error.code).toBe('invalid_credentials');
      await world.signIn({ email: linh.user.email, password: PASSWORD });
    });

    it('not by guessing the current one again and again', async () => {
      const linh = await acme.as('agent');
      const change = { currentPassword: 'a wrong password', newPassword: NEW_PASSWORD };
      for (let guess = 0; guess < 10; guess += 1) await linh.put('/users/me/password', change).expect(401);
      const { headers } = await linh.put('/users/me/password', { ...change, currentPassword: PASSWORD }).expect(429);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    });

    it("not to a short one, and not somebody else's", async () => {
      const linh = await acme.as('agent');
      const short = { currentPassword: PASSWORD, newPassword: '1234567' };
      expect(faultyFields(await linh.put('/users/me/password', short).expect(422))).toEqual(['newPassword']);
      const id = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, id: acme.admin.user.id };
      expect(faultyFields(await linh.put('/users/me/password', id).expect(422))).toEqual(['id']);
    });

    it('never by a key', async () => {
      const key = await acme.withKey(['users:write']);
      const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      await key.put('/users/me/password', change).expect(403);
    });
  });
});
