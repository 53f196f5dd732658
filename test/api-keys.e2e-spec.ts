import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { PERMISSIONS } from '../src/platform/context/permissions.js';
import { UNKNOWN_ID, answer, faultyFields } from './support/answers.js';
import { Client } from './support/client.js';
import { World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

describe('API keys', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const make = async (fields: object = {}, by: Pick<Client, 'post'> = acme) => {
    const { body } = await by.post('/api-keys', { name: 'partner', scopes: ['users:read'], ...fields }).expect(201);
    return body.data;
  };
  const having = (key: string) => new Client(world.url).withKey(key);
  const rotate = async (id: string, overlapSeconds?: number) => {
    const { body } = await acme.post(`/api-keys/${id}/rotate`, { overlapSeconds }).expect(200);
    return body.data;
  };
  const codeFor = async (key: string) => (await having(key).get('/users').expect(401)).body.error.code;

  describe('are made', () => {
    it('and shown this once', async () => {
      const expiresAt = '2099-01-01T07:00:00+07:00';
      const made = await make({ scopes: ['users:read', 'messages:write'], expiresAt });
      expect(made).toEqual({
        id: expect.any(String),
        key: expect.stringMatching(/^pd_live_[0-9a-f]+_[0-9a-f]+$/),
        name: 'partner',
        prefix: made.key.split('_').slice(0, 3).join('_'),
        scopes: ['users:read', 'messages:write'],
        isActive: true,
        expiresAt: '2099-01-01T00:00:00.000Z',
        lastUsedAt: null,
        createdBy: acme.admin.user.id,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      const { key, ...shown } = made;
      const { body, text } = await acme.get('/api-keys').expect(200);
      expect(body.data[0]).toEqual(shown);
      expect(text).not.toContain(key.slice(-40));
    });

    it('and kept as a hash only', async () => {
      const { key } = await make();
      const dump = await world.database.rows<{ row: string }>(
        `SELECT row_to_json(k)::text AS row FROM api_keys k UNION ALL SELECT row_to_json(r)::text FROM api_key_routes r
         UNION ALL SELECT row_to_json(a)::text FROM audit_entries a`,
      );
      expect(dump.map(({ row }) => row).join()).not.toContain(key.split('_').at(-1));
    });

    it.each<[string[], object]>([
      [['name'], { scopes: ['users:read'] }],
      [['name'], { name: '', scopes: ['users:read'] }],
      [['name'], { name: 'x'.repeat(256), scopes: ['users:read'] }],
      [['scopes'], { name: 'x' }],
      [['scopes'], { name: 'x', scopes: [] }],
      [['scopes'], { name: 'x', scopes: 'users:read' }],
      [['scopes'], { name: 'x', scopes: ['users:*'] }],
      [['scopes'], { name: 'x', scopes: ['*'] }],
      [['scopes'], { name: 'x', scopes: ['users:read', 7] }],
      [['expiresAt'], { name: 'x', scopes: ['users:read'], expiresAt: '2020-01-01T00:00:00Z' }],
      [['expiresAt'], { name: 'x', scopes: ['users:read'], expiresAt: 'tomorrow' }],
      [['expiresAt'], { name: 'x', scopes: ['users:read'], expiresAt: '2099-02-30T00:00:00Z' }],
      [['expiresAt'], { name: 'x', scopes: ['users:read'], expiresAt: '2099-01-01' }],
      [['expiresAt'], { name: 'x', scopes: ['users:read'], expiresAt: 4_102_444_800 }],
      [['key'], { name: 'x', scopes: ['users:read'], key: 'dev_key_123' }],
      [['orgId'], { name: 'x', scopes: ['users:read'], orgId: 'org_default_001' }],
    ])('never with a bad %j: %j', async (fields, body) => {
      expect(faultyFields(await acme.post('/api-keys', body).expect(422))).toEqual(fields);
    });

    it('by admins alone', async () => {
      for (const role of ['manager', 'agent'] as const) {
        const member = await acme.as(role);
        const { id } = await make();
        await member.get('/api-keys').expect(403);
        await member.post('/api-keys', { name: 'x', scopes: ['conversations:read'] }).expect(403);
        await member.post(`/api-keys/${id}/rotate`).expect(403);
        await member.delete(`/api-keys/${id}`).expect(403);
      }
    });

    it('by keys, never with more than they have themselves', async () => {
      const { key } = await make({ scopes: ['api-keys:write', 'users:read'] });
      const made = await make({ scopes: ['users:read'] }, having(key));
      expect(made.createdBy).toBeNull();
      await having(key)
        .post('/api-keys', { name: 'x', scopes: ['users:read', 'users:write'] })
        .expect(403);
      const strong = await make({ scopes: ['users:write'] });
      await having(key).post(`/api-keys/${strong.id}/rotate`).expect(403);
      await having(strong.key).get('/users').expect(403);
    });

    it('with scopes over organizations only by super admins, at home', async () => {
      for (const scope of ['organizations:read', 'organizations:write', 'organizations:*'])
        await acme.post('/api-keys', { name: 'x', scopes: [scope] }).expect(403);
      const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: acme.id }).expect(200);
      const visiting = world.superAdmin.withToken(body.tokens.accessToken, body.user);
      await visiting.post('/api-keys', { name: 'x', scopes: ['organizations:read'] }).expect(403);
      const admin = await world.member('org_default_001', 'admin');
      await admin.post('/api-keys', { name: 'x', scopes: ['organizations:read'] }).expect(403);
      const { key } = await make({ scopes: ['organizations:*'] }, world.superAdmin);
      await having(key).get(`/organizations/${acme.id}`).expect(200);
    });
  });

  describe('open', () => {
    it.each(PERMISSIONS.filter((scope) => !scope.startsWith('organizations:') && scope.endsWith(':read')))(
      'with %s its own door and no other',
      async (scope) => {
        const { key } = await make({ scopes: [scope] });
        const doors: Record<string, string> = {
          'organization:read': '/organizations/current',
          'stats:read': `/organizations/${acme.id}/stats`,
          'users:read': '/users',
          'invitations:read': '/invitations',
          'api-keys:read': '/api-keys',
          'customers:read': '/customers',
          'conversations:read': '/conversations',
          'messages:read': `/conversations/${UNKNOWN_ID}/messages`,
          'integrations:read': '/integrations',
          'chatbots:read': '/chatbots',
          'audit:read': '/audit-logs',
        };
        for (const [permission, path] of Object.entries(doors)) {
          const { status } = await having(key).get(path);
          expect([permission, status === 403]).toEqual([permission, permission !== scope]);
        }
      },
    );

    it('nothing of what only people do', async () => {
      const { key } = await make({ scopes: PERMISSIONS.filter((scope) => !scope.startsWith('organizations:')) });
      await having(key).get('/auth/me').expect(403);
      await having(key).put('/users/me/password', { currentPassword: 'x', newPassword: 'xxxxxxxx' }).expect(403);
      await having(key).post('/auth/switch-organization', { orgId: rival.id }).expect(403);
      await having(key).get('/organizations').expect(403);
    });

    it('their own organization and no other', async () => {
      const { key } = await make();
      const { body } = await having(key).get('/users?limit=100').expect(200);
      expect(new Set(body.data.map(({ orgId }: { orgId: string }) => orgId))).toEqual(new Set([acme.id]));
      await having(key).get(`/users/${rival.admin.user.id}`).expect(404);
      await having(key).get('/users').set('x-org-id', rival.id).expect(200);
    });

    it('nothing over organizations, whatever is stored with them', async () => {
      const { id, key } = await make();
      await world.database.rows(`UPDATE api_keys SET scopes = '{users:read,organizations:*}' WHERE id = $1`, [id]);
      await having(key).get('/users').expect(200);
      await having(key).get('/organizations').expect(403);
      await having(key).get(`/organizations/${rival.id}`).expect(403);
    });

    it('nothing where they are mistyped, made up, or not whole', async () => {
      const { key } = await make();
      const other = key.endsWith('0') ? '1' : '0';
      for (const text of [
        key.slice(0, -1),
        `${key}0`,
        `${key.slice(0, -1)}${other}`,
        key.toUpperCase(),
        key.slice(8),
        'pd_live_',
        'x',
        'x'.repeat(8_000),
        'dev_key_123',
      ])
        expect(await codeFor(text)).toBe('unauthenticated');
      await having(key).get('/users').expect(200);
    });

    it('nothing beside another credential, or in another place', async () => {
      const { key } = await make();
      await having(key).get('/users').set(acme.admin.headers).expect(401);
      await world.anonymous.get('/users').set('authorization', `Bearer ${key}`).expect(401);
      await world.anonymous.get(`/users?x-api-key=${key}`).expect(401);
      await world.anonymous.get('/users').set('x-api-key', `${key}, ${key}`).expect(401);
    });
  });

  describe('end', () => {
    it('when they are revoked, at the next request', async () => {
      const { id, key } = await make();
      await having(key).get('/users').expect(200);
      const { body } = await acme.delete(`/api-keys/${id}`).expect(200);
      expect(body.data).toMatchObject({ id, isActive: false });
      expect(body.data).not.toHaveProperty('key');
      expect(await codeFor(key)).toBe('unauthenticated');
      await acme.delete(`/api-keys/${id}`).expect(200);
      const refused = await acme.post(`/api-keys/${id}/rotate`).expect(409);
      expect(refused.body.error.code).toBe('key_revoked');
    });

    it('with their organization, until it is active again', async () => {
      const own = await world.organization();
      const key = await own.withKey(['users:read']);
      await key.get('/users').expect(200);
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      expect((await key.get('/users').expect(403)).body.error.code).toBe('organization_inactive');
      await world.superAdmin.post(`/organizations/${own.id}/activate`).expect(200);
      await key.get('/users').expect(200);
    });

    it('when their time is over, even where they were just used', async () => {
      const { key } = await make({ expiresAt: new Date(Date.now() + 1_000).toISOString() });
      await having(key).get('/users').expect(200);
      await delay(1_050);
      expect(await codeFor(key)).toBe('unauthenticated');
    });
  });

  describe('are rotated', () => {
    it('with the old secret ending at once', async () => {
      const old = await make({ scopes: ['users:read'] });
      await having(old.key).get('/users').expect(200);
      const fresh = await rotate(old.id);
      expect(fresh).toMatchObject({ id: old.id, name: old.name, scopes: old.scopes });
      expect(fresh.key).not.toBe(old.key);
      expect(fresh.prefix).toBe(fresh.key.split('_').slice(0, 3).join('_'));
      await having(fresh.key).get('/users').expect(200);
      expect(await codeFor(old.key)).toBe('unauthenticated');
    });

    it('without a word, where there is nothing to say', async () => {
      const { id, key } = await make();
      await request(world.url).post(`/api-keys/${id}/rotate`).set(acme.admin.headers).expect(200);
      expect(await codeFor(key)).toBe('unauthenticated');
    });

    it('with both secrets for as long as the overlap lasts', async () => {
      const old = await make();
      const fresh = await rotate(old.id, 1);
      for (const { key } of [old, fresh]) await having(key).get('/users').expect(200);
      await delay(1_050);
      expect(await codeFor(old.key)).toBe('unauthenticated');
      await having(fresh.key).get('/users').expect(200);
    });

    it('again, without keeping any older secret longer than now said', async () => {
      const first = await make();
      const second = await rotate(first.id, 604_800);
      const third = await rotate(first.id, 0);
      for (const { key } of [first, second]) expect(await codeFor(key)).toBe('unauthenticated');
      await having(third.key).get('/users').expect(200);
    });

    it('again, without keeping an older secret longer than was said then', async () => {
      const first = await make();
      await rotate(first.id, 1);
      const third = await rotate(first.id, 604_800);
      await delay(1_050);
      expect(await codeFor(first.key)).toBe('unauthenticated');
      await having(third.key).get('/users').expect(200);
    });

    it.each([-1, 604_801, 1.5, '60', null])('not with an overlap of %j', async (overlapSeconds) => {
      const { id } = await make();
      const response = await acme.post(`/api-keys/${id}/rotate`, { overlapSeconds }).expect(422);
      expect(faultyFields(response)).toEqual(['overlapSeconds']);
    });

    it('and revoked with all their secrets', async () => {
      const old = await make();
      const fresh = await rotate(old.id, 600);
      await acme.delete(`/api-keys/${old.id}`).expect(200);
      for (const { key } of [old, fresh]) expect(await codeFor(key)).toBe('unauthenticated');
    });
  });

  describe('remember their last use', () => {
    const lastUseOf = async (id: string): Promise<string | null> => {
      await delay(100);
      const { body } = await acme.get('/api-keys?limit=100').expect(200);
      return body.data.find((shown: { id: string }) => shown.id === id).lastUsedAt;
    };

    it('to the minute, so that a busy partner does not write with every request', async () => {
      const { id, key } = await make();
      const before = Date.now();
      await having(key).get('/users').expect(200);
      const first = await lastUseOf(id);
      expect(Math.abs(Date.parse(first ?? '') - before)).toBeLessThan(2_000);
      await having(key).get('/users').expect(200);
      expect(await lastUseOf(id)).toBe(first);
      await world.database.rows(`UPDATE api_keys SET last_used_at = now() - interval '61 seconds' WHERE id = $1`, [id]);
      await having(key).get('/users').expect(200);
      expect(Math.abs(Date.parse((await lastUseOf(id)) ?? '') - Date.now())).toBeLessThan(2_000);
    });
  });

  describe('are out of reach for another organization', () => {
    it('exactly as if they did not exist', async () => {
      const { id, key } = await make();
      const attempts = (target: string) => [
        rival.post(`/api-keys/${target}/rotate`),
        rival.delete(`/api-keys/${target}`),
      ];
      const [foreign, unknown] = [await Promise.all(attempts(id)), await Promise.all(attempts(UNKNOWN_ID))];
      expect(foreign.map(({ status }) => status)).toEqual([404, 404]);
      expect(foreign.map(answer)).toEqual(unknown.map(answer));
      await having(key).get('/users').expect(200);
    });

    it('and not in their list', async () => {
      const own = await world.organization();
      const made = [];
      for (const name of ['one', 'two', 'three']) made.unshift((await make({ name }, own)).id);
      const { body } = await own.get('/api-keys').expect(200);
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual(made);
      const page = await own.get('/api-keys?limit=1&offset=1').expect(200);
      expect(page.body).toMatchObject({ data: [{ id: made[1] }], pagination: { total: 3, limit: 1, offset: 1 } });
    });
  });
});
