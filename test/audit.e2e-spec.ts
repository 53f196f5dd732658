import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { faultyFields } from './support/answers.js';
import type { Client } from './support/client.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

interface Entry {
  id: string;
  orgId: string;
  action: string;
  targetType: string;
  targetId: string;
  actor: { type: string; id: string | null };
  changes: Record<string, { from: unknown; to: unknown }>;
  createdAt: string;
}

describe('The audit log', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const entries = async (query = '', by: Pick<Client, 'get'> = acme): Promise<Entry[]> =>
    (await by.get(`/audit-logs?${query}`).expect(200)).body.data;
  const actions = async (query = '', by: Pick<Client, 'get'> = acme) =>
    (await entries(query, by)).map(({ action }) => action);
  const member = async (organization = acme) => (await organization.as('agent')).user;

  describe('says', () => {
    it('who did what to whom, from where, and what changed', async () => {
      const { id } = await member();
      const response = await acme
        .patch(`/users/${id}`, { name: 'Linh', role: 'manager' })
        .set({ 'user-agent': 'a browser/1.0', 'x-request-id': 'request-of-linh' })
        .expect(200);
      expect((await entries('limit=1'))[0]).toEqual({
        id: expect.any(String),
        orgId: acme.id,
        actor: { type: 'user', id: acme.admin.user.id, name: acme.admin.user.username, role: 'admin', orgId: acme.id },
        action: 'user.updated',
        targetType: 'user',
        targetId: id,
        changes: { name: { from: null, to: 'Linh' }, role: { from: 'agent', to: 'manager' } },
        ip: '127.0.0.1',
        userAgent: 'a browser/1.0',
        requestId: response.headers['x-request-id'],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      });
    });

    it('which key it was', async () => {
      const key = await acme.withKey(['chatbots:write']);
      await key.post('/chatbots', { name: 'Bot' }).expect(201);
      const [made] = await entries('action=api_key.created&limit=1');
      expect((await entries('action=chatbot.created&limit=1'))[0]?.actor).toEqual({
        type: 'api_key',
        id: made?.targetId,
        name: 'partner',
        role: null,
        orgId: acme.id,
      });
    });

    it('where a request came from as the connection has it, not as a header claims', async () => {
      await acme
        .patch('/organizations/current', { phone: '0901' })
        .set({ 'x-forwarded-for': '10.9.9.9', forwarded: 'for=10.9.9.9' })
        .expect(200);
      expect((await entries('limit=1'))[0]).toMatchObject({ action: 'organization.updated', ip: '127.0.0.1' });
    });

    it('no more of a browser than 512 characters', async () => {
      await acme.patch('/organizations/current', { phone: '0902' }).set('user-agent', 'x'.repeat(2_000)).expect(200);
      expect((await entries('limit=1'))[0]).toMatchObject({ userAgent: 'x'.repeat(512) });
    });

    it('all that members can do', async () => {
      const own = await world.organization();
      const { id } = await member(own);
      await own.patch(`/users/${id}`, { name: 'x' }).expect(200);
      await own.delete(`/users/${id}`).expect(200);
      await own.post(`/users/${id}/activate`).expect(200);
      await own.patch(`/users/${id}`, { password: 'another correct horse' }).expect(200);
      const key = await own.post('/api-keys', { name: 'x', scopes: ['users:read'] }).expect(201);
      await own.post(`/api-keys/${key.body.data.id}/rotate`).expect(200);
      await own.delete(`/api-keys/${key.body.data.id}`).expect(200);
      const invited = await own.post('/invitations', { email: 'x@example.com', role: 'agent' }).expect(201);
      await own.delete(`/invitations/${invited.body.data.id}`).expect(200);
      await own.patch('/organizations/current', { displayName: 'Own' }).expect(200);
      expect(await actions('', own)).toEqual([
        'organization.updated',
        'invitation.revoked',
        'invitation.created',
        'api_key.revoked',
        'api_key.rotated',
        'api_key.created',
        'user.password_changed',
        'user.activated',
        'user.deactivated',
        'user.updated',
        'user.created',
        'user.created',
      ]);
    });

    it("on the platform's side what the platform does to organizations", async () => {
      const own = await world.organization();
      await world.superAdmin
        .patch(`/organizations/${own.id}`, { tier: 'enterprise', features: { sso: true } })
        .expect(200);
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      await world.superAdmin.post(`/organizations/${own.id}/activate`).expect(200);
      const theirs = (await entries('targetType=organization&limit=100', world.superAdmin)).filter(
        ({ targetId }) => targetId === own.id,
      );
      expect(theirs.map(({ action, orgId, changes }) => ({ action, orgId, changes }))).toEqual([
        {
          action: 'organization.activated',
          orgId: 'org_default_001',
          changes: { isActive: { from: false, to: true } },
        },
        {
          action: 'organization.deactivated',
          orgId: 'org_default_001',
          changes: { isActive: { from: true, to: false } },
        },
        {
          action: 'organization.updated',
          orgId: 'org_default_001',
          changes: { tier: { from: 'standard', to: 'enterprise' }, features: { from: {}, to: { sso: true } } },
        },
        {
          action: 'organization.created',
          orgId: 'org_default_001',
          changes: expect.objectContaining({ name: { from: null, to: own.name } }),
        },
      ]);
      expect(await actions('targetType=organization', own)).toEqual([]);
    });
  });

  describe('never says', () => {
    it('a secret, only that it changed', async () => {
      const own = await world.organization();
      const { id } = await member(own);
      const secrets = ['a secret new password', 'EAAG-a-secret-page-token', 'another-secret-page-token'];
      await own.patch(`/users/${id}`, { password: secrets[0] }).expect(200);
      const page = { platform: 'facebook', oaId: '700000000001', name: 'Page', accessToken: secrets[1] };
      const connected = await own.post('/integrations', page).expect(201);
      await own.patch(`/integrations/${connected.body.data.id}`, { accessToken: secrets[2] }).expect(200);
      const key = await own.post('/api-keys', { name: 'x', scopes: ['users:read'] }).expect(201);
      const invited = await own.post('/invitations', { email: 'x@example.com', role: 'agent' }).expect(201);
      const { text, body } = await own.get('/audit-logs?limit=100').expect(200);
      const said = [
        ...secrets,
        PASSWORD,
        key.body.data.key.split('_').at(-1),
        invited.body.data.token.split('.').at(-1),
        '$argon2',
      ];
      for (const secret of said) expect(text).not.toContain(secret);
      const changed = body.data.find(({ action }: Entry) => action === 'user.password_changed');
      expect(changed.changes).toEqual({ passwordHash: { from: '[hidden]', to: '[hidden]' } });
    });

    it('that something changed which did not', async () => {
      const own = await world.organization();
      const { id, username } = await member(own);
      const bot = await own.post('/chatbots', { name: 'Bot', settings: { b: 1, a: 2 } }).expect(201);
      await own.patch('/organizations/current', { displayName: 'Own', settings: { b: 1, a: 2 } }).expect(200);
      const before = await actions('', own);
      await own.patch(`/users/${id}`, {}).expect(200);
      await own.patch(`/users/${id}`, { username, role: 'agent' }).expect(200);
      await own.post(`/users/${id}/activate`).expect(200);
      await own.patch('/organizations/current', {}).expect(200);
      await own.patch('/organizations/current', { displayName: 'Own', settings: { a: 2, b: 1 } }).expect(200);
      await own.patch(`/chatbots/${bot.body.data.id}`, { name: 'Bot' }).expect(200);
      await world.superAdmin.post(`/organizations/${own.id}/activate`).expect(200);
      expect(await actions('', own)).toEqual(before);
      const platform = await entries('action=organization.activated&limit=100', world.superAdmin);
      expect(platform.filter(({ targetId }) => targetId === own.id)).toEqual([]);
    });

    it('what was refused', async () => {
      const own = await world.organization();
      const { username } = await member(own);
      const before = await actions('', own);
      await own.post('/users', { username, email: 'y@example.com', password: PASSWORD, role: 'agent' }).expect(409);
      await own.delete(`/users/${own.admin.user.id}`).expect(409);
      await own.patch(`/users/${own.admin.user.id}`, { role: 'owner' }).expect(422);
      await own.delete(`/users/${rival.admin.user.id}`).expect(404);
      expect(await actions('', own)).toEqual(before);
    });

    it('what could not be written down: then it is not done either', async () => {
      await world.database.rows(`CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE EXCEPTION 'no more paper'; END $$;
        CREATE TRIGGER forget BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION forget()`);
      const { id } = acme.admin.user;
      await acme.patch(`/users/${id}`, { name: 'Not written down' }).expect(500);
      await world.superAdmin.patch(`/organizations/${acme.id}`, { displayName: 'Not written down' }).expect(500);
      await world.database.rows('DROP TRIGGER forget ON audit_entries; DROP FUNCTION forget');
      expect((await acme.get(`/users/${id}`).expect(200)).text).not.toContain('Not written down');
      expect((await acme.get('/organizations/current').expect(200)).text).not.toContain('Not written down');
    });
  });

  describe('is read', () => {
    it('by admins and by keys of that scope', async () => {
      for (const role of ['manager', 'agent'] as const) await (await acme.as(role)).get('/audit-logs').expect(403);
      const [reader, other] = [await acme.withKey(['audit:read']), await acme.withKey(['users:read'])];
      expect(await actions('limit=1', reader)).toEqual(['api_key.created']);
      await other.get('/audit-logs').expect(403);
      await world.anonymous.get('/audit-logs').expect(401);
    });

    it('by an organization as far as it is its own', async () => {
      await rival.patch('/organizations/current', { phone: '1' }).expect(200);
      for (const query of ['limit=100', `actorId=${rival.admin.user.id}`, `limit=100&targetType=organization`]) {
        for (const entry of await entries(query)) expect(entry.orgId).toBe(acme.id);
        expect((await entries(query)).map(({ targetId }) => targetId)).not.toContain(rival.id);
      }
      expect(await entries(`actorId=${rival.admin.user.id}`)).toEqual([]);
      const { body } = await rival.get('/audit-logs?limit=1').expect(200);
      const stolen = body.pagination.nextCursor;
      for (const entry of await entries(`cursor=${stolen}`)) expect(entry.orgId).toBe(acme.id);
    });

    it('by actor, action and kind of target', async () => {
      const own = await world.organization();
      const second = await own.as('admin');
      await second.patch('/organizations/current', { phone: '1' }).expect(200);
      await second.post('/chatbots', { name: 'Bot' }).expect(201);
      await own.post('/chatbots', { name: 'Bot' }).expect(201);
      expect(await actions(`actorId=${second.user.id}`, own)).toEqual(['chatbot.created', 'organization.updated']);
      expect(await actions('action=chatbot.created', own)).toHaveLength(2);
      expect(await actions(`action=chatbot.created&actorId=${own.admin.user.id}`, own)).toHaveLength(1);
      expect(await actions('targetType=organization', own)).toEqual(['organization.updated']);
      expect(await actions('action=chatbot', own)).toEqual([]);
      expect(await actions(`actorId=${second.user.id}&targetType=user`, own)).toEqual([]);
    });

    it('from a moment on, and up to another without it, in any time zone', async () => {
      const own = await world.organization();
      for (const name of ['one', 'two', 'three']) await own.post('/chatbots', { name }).expect(201);
      const days = `UPDATE audit_entries SET created_at = '2026-01-01T00:00:00Z'::timestamptz + (changes->'name'->>'to' = 'two')::int * interval '1 day'
        + (changes->'name'->>'to' = 'three')::int * interval '2 days' WHERE org_id = $1 AND action = 'chatbot.created'`;
      await world.database.rows(days, [own.id]);
      const names = async (query: string) =>
        (await entries(`action=chatbot.created&${query}`, own)).map(({ changes }) => changes['name']?.to);
      expect(await names('')).toEqual(['three', 'two', 'one']);
      expect(await names('from=2026-01-02T00:00:00Z')).toEqual(['three', 'two']);
      expect(await names('to=2026-01-02T00:00:00Z')).toEqual(['one']);
      expect(await names('from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z')).toEqual(['two', 'one']);
      expect(await names(`from=${encodeURIComponent('2026-01-02T07:00:00+07:00')}`)).toEqual(['three', 'two']);
      expect(await names('from=2027-01-01T00:00:00Z')).toEqual([]);
    });

    it('newest first, page by page, without gaps or repetitions, also where entries share a moment', async () => {
      const own = await world.organization();
      for (let number = 0; number < 6; number += 1) await own.post('/chatbots', { name: `bot ${number}` }).expect(201);
      await world.database.rows(`UPDATE audit_entries SET created_at = '2026-01-01T00:00:00Z' WHERE org_id = $1`, [
        own.id,
      ]);
      const all = (await entries('action=chatbot.created', own)).map(({ id }) => id);
      const read: string[] = [];
      let cursor = '';
      do {
        const { body } = await own
          .get(`/audit-logs?action=chatbot.created&limit=4${cursor && `&cursor=${cursor}`}`)
          .expect(200);
        read.push(...body.data.map(({ id }: Entry) => id));
        cursor = body.pagination.nextCursor;
        await own.post('/chatbots', { name: 'a latecomer' }).expect(201);
      } while (cursor);
      expect(all).toHaveLength(6);
      expect(read).toEqual(all);
    });

    it.each([
      'from=x',
      'from=2026-01-01',
      'to=2026-02-30T00:00:00Z',
      'to=',
      'actorId=',
      'action=',
      `action=${'x'.repeat(65)}`,
      'from=9999-01-01T00:00:00Z',
      'search=x',
      'orgId=x',
      'offset=1',
    ])('not by %s', async (query) => {
      expect(faultyFields(await acme.get(`/audit-logs?${query}`).expect(422))).toEqual([query.split('=')[0]]);
    });

    it('and never changed or removed over the API', async () => {
      const [entry] = await entries('limit=1');
      for (const path of ['/audit-logs', `/audit-logs/${entry?.id}`])
        for (const answer of [acme.post(path), acme.put(path), acme.patch(path), acme.delete(path)])
          await answer.expect(404);
    });
  });
});
