import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from './support/client.js';
import { World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

type Part = Record<string, unknown>;
const encode = (part: Part | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const decode = (token: string, part: number): Part =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());

/** A token of one's own making. */
function forge(claims: Part, secret: string, header: Part = { alg: 'HS256', typ: 'JWT' }): string {
  const body = `${encode(header)}.${encode(claims)}`;
  const digest = { HS384: 'sha384', HS512: 'sha512' }[String(header['alg'])] ?? 'sha256';
  return `${body}.${createHmac(digest, secret).update(body).digest('base64url')}`;
}

/** Places that a server might fetch the key from. */
const ELSEWHERE = { jku: 'https://evil.example/keys', x5u: 'https://evil.example/key.pem' };

describe('An access token', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let secret: string;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    secret = world.config.settings.JWT_SECRET;
  });
  afterAll(() => world.stop());

  const tokenOf = ({ headers }: Client) => (headers['authorization'] ?? '').replace('Bearer ', '');
  const claims = (): Part => decode(tokenOf(acme.admin), 1);
  const present = (token: string) => world.anonymous.get('/auth/me').set('authorization', `Bearer ${token}`);
  const codeFor = async (token: string) => (await present(token).expect(401)).body.error.code;

  it('lets in whoever it was made for', async () => {
    await present(tokenOf(acme.admin)).expect(200);
    await present(forge(claims(), secret)).expect(200);
  });

  it.each(['Bearer', 'bearer', 'BEARER'])('comes after the word %s', async (scheme) => {
    await world.anonymous
      .get('/auth/me')
      .set('authorization', `${scheme} ${tokenOf(acme.admin)}`)
      .expect(200);
  });

  describe('is refused', () => {
    it('where its claims were changed after it was signed', async () => {
      const [header, , signature] = tokenOf(acme.admin).split('.');
      for (const change of [{ role: 'super_admin' }, { orgId: rival.id }, { userId: rival.admin.user.id }])
        expect(await codeFor(`${header}.${encode({ ...claims(), ...change })}.${signature}`)).toBe('unauthenticated');
    });

    it('where somebody else signed it', async () => {
      for (const key of ['', 'secret', 'polydesk', `${secret} `, secret.toUpperCase()])
        expect(await codeFor(forge(claims(), key))).toBe('unauthenticated');
    });

    it.each(['none', 'None', 'NONE', 'nOnE', '', null, 'HS0'])(
      'where it says that it needs no signature: %j',
      async (alg) => {
        const body = `${encode({ alg, typ: 'JWT' })}.${encode(claims())}`;
        for (const token of [`${body}.`, body, `${body}.${createHmac('sha256', '').update(body).digest('base64url')}`])
          expect(await codeFor(token)).toBe('unauthenticated');
      },
    );

    it.each(['HS384', 'HS512', 'hs256'])('where it is signed with the right secret by %s', async (alg) => {
      expect(await codeFor(forge(claims(), secret, { alg, typ: 'JWT' }))).toBe('unauthenticated');
    });

    it('where it brings its own public key, by any name', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = publicKey.export({ format: 'jwk' });
      const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
      const body = `${encode({ alg: 'RS256', typ: 'JWT', jwk, jku: 'https://evil.example', x5u: 'https://evil.example' })}.${encode(claims())}`;
      expect(await codeFor(`${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`)).toBe(
        'unauthenticated',
      );
      expect(await codeFor(forge(claims(), pem, { alg: 'HS256', typ: 'JWT', jwk, x5c: [pem] }))).toBe(
        'unauthenticated',
      );
      expect(await codeFor(forge(claims(), pem, { alg: 'RS256', typ: 'JWT' }))).toBe('unauthenticated');
    });

    it('where it names the key to check it by', async () => {
      for (const kid of ['../../../../dev/null', "x' UNION SELECT ''", '/proc/sys/kernel/randomize_va_space', '0'])
        for (const key of ['', '0', '2'])
          expect(await codeFor(forge(claims(), key, { alg: 'HS256', typ: 'JWT', kid, ...ELSEWHERE }))).toBe(
            'unauthenticated',
          );
    });

    it.each<[string, Part]>([
      ['another issuer', { iss: 'https://evil.example' }],
      ['no issuer', { iss: undefined }],
      ['another audience', { aud: 'another-service' }],
      ['no audience', { aud: undefined }],
      ['no user', { userId: undefined }],
      ['a user that is no id', { userId: 'root', sub: 'root' }],
      ['a user that is no text', { userId: { contains: '' } }],
      ['no organization', { orgId: undefined }],
      ['an organization that is no text', { orgId: ['org_default_001'] }],
      ['a user of nobody', { userId: randomUUID() }],
      ['a start in the future', { nbf: Math.floor(Date.now() / 1_000) + 3_600 }],
      ['no end', { exp: undefined }],
    ])('where it is signed by us, with %s', async (_, change) => {
      expect(await codeFor(forge({ ...claims(), ...change }, secret))).toBe('unauthenticated');
    });

    it('where it is signed by us, for a user in an organization that is not theirs', async () => {
      expect(await codeFor(forge({ ...claims(), orgId: rival.id }, secret))).toBe('unauthenticated');
      const act = { sub: acme.admin.user.id, orgId: acme.id };
      expect(await codeFor(forge({ ...claims(), orgId: rival.id, act }, secret))).toBe('unauthenticated');
    });

    it('once it has expired, with a code that says so', async () => {
      const past = Math.floor(Date.now() / 1_000) - 1;
      expect(await codeFor(forge({ ...claims(), exp: past }, secret))).toBe('token_expired');
      expect(await codeFor(forge({ ...claims(), exp: past }, 'another secret'))).toBe('unauthenticated');
    });

    it.each(['', ' ', 'x', '..', 'a.b.c', 'null', '{}', 'e30.e30.e30', 'x'.repeat(5_000)])(
      'where it is none: %j',
      async (token) => {
        expect(await codeFor(token)).toBe('unauthenticated');
      },
    );

    it.each(['Basic cm9vdDpyb290', 'Token x', 'Bearer', 'Bearer: x', 'x'])(
      'as part of the header %j',
      async (header) => {
        const { body } = await world.anonymous.get('/auth/me').set('authorization', header).expect(401);
        expect(body.error.code).toBe('unauthenticated');
      },
    );

    it('anywhere but in its header', async () => {
      const token = tokenOf(acme.admin);
      await world.anonymous.get(`/auth/me?access_token=${token}`).expect(401);
      await world.anonymous.get('/auth/me').set('cookie', `access_token=${token}; jwt=${token}`).expect(401);
      await world.anonymous.get('/auth/me').set('x-access-token', token).expect(401);
      await world.anonymous.get('/auth/me').set('x-api-key', token).expect(401);
    });
  });

  describe('stands alone', () => {
    it('and not beside an API key, even of the same organization', async () => {
      const key = await acme.withKey(['users:read']);
      const both = { ...key.headers, ...acme.admin.headers };
      const { body } = await world.anonymous.get('/users').set(both).expect(401);
      expect(body.error.code).toBe('unauthenticated');
      await world.anonymous
        .get('/users')
        .set({ ...acme.admin.headers, 'x-api-key': '' })
        .expect(401);
      await world.anonymous
        .get('/users')
        .set({ ...key.headers, authorization: 'Basic x' })
        .expect(401);
    });

    it('and nobody gets in without either', async () => {
      const { body } = await world.anonymous.get('/users').expect(401);
      expect(body.error.code).toBe('unauthenticated');
      await world.anonymous.get('/users').set('x-api-key', '').expect(401);
    });
  });

  describe('is worth what its owner is worth now', () => {
    it('nothing, at the next request after they were deactivated', async () => {
      const linh = await acme.as('agent');
      await linh.get('/auth/me').expect(200);
      await acme.delete(`/users/${linh.user.id}`).expect(200);
      await linh.get('/auth/me').expect(401);
    });

    it('nothing, at the next request after their organization was', async () => {
      const own = await world.organization();
      await own.get('/auth/me').expect(200);
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      const { body } = await own.get('/auth/me').expect(403);
      expect(body.error.code).toBe('organization_inactive');
    });

    it("an agent's rights, at the next request after they were demoted to one", async () => {
      const linh = await acme.as('admin');
      await linh.get('/api-keys').expect(200);
      await acme.patch(`/users/${linh.user.id}`, { role: 'agent' }).expect(200);
      await linh.get('/api-keys').expect(403);
      await linh.get('/users').expect(403);
      await linh.get('/organizations/current').expect(200);
    });

    it("a manager's rights, at the next request after they were promoted to one", async () => {
      const linh = await acme.as('agent');
      await linh.get('/users').expect(403);
      await acme.patch(`/users/${linh.user.id}`, { role: 'manager' }).expect(200);
      await linh.get('/users').expect(200);
    });

    it('whatever role it says', async () => {
      const linh = await acme.as('agent');
      const said = decode(tokenOf(linh), 1);
      await present(forge({ ...said, role: 'super_admin' }, secret)).expect(200);
      const { headers } = new Client(world.url, {
        authorization: `Bearer ${forge({ ...said, role: 'super_admin' }, secret)}`,
      });
      await world.anonymous.get('/organizations').set(headers).expect(403);
      await world.anonymous.get('/users').set(headers).expect(403);
    });

    it('within two seconds also where the change was made by another node', async () => {
      const linh = await acme.as('agent');
      await linh.get('/auth/me').expect(200);
      await world.database.rows('UPDATE users SET is_active = false WHERE id = $1', [linh.user.id]);
      await new Promise((resolve) => setTimeout(resolve, 2_050));
      await linh.get('/auth/me').expect(401);
    });

    it('within two seconds also for keys and organizations that another node ended', async () => {
      const own = await world.organization();
      const key = await own.withKey(['users:read']);
      await key.get('/users').expect(200);
      await own.get('/auth/me').expect(200);
      await world.database.rows('UPDATE organizations SET is_active = false WHERE id = $1', [own.id]);
      await new Promise((resolve) => setTimeout(resolve, 2_050));
      await key.get('/users').expect(403);
      await own.get('/auth/me').expect(403);
    });
  });
});
