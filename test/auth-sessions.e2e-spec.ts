import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answer, faultyFields } from './support/answers.js';
import { PASSWORD, World } from './support/world.js';
import type { Client } from './support/client.js';
import type { TestOrganization } from './support/test-organization.js';

interface Stored {
  token_hash: Buffer;
  expires_at: Date;
  created_at: Date;
}

describe('Sessions', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const refresh = (refreshToken: string) => world.anonymous.post('/auth/refresh', { refreshToken });
  const logout = (refreshToken: string) => world.anonymous.post('/auth/logout', { refreshToken });
  const next = async (refreshToken: string): Promise<string> =>
    (await refresh(refreshToken).expect(200)).body.tokens.refreshToken;
  const again = ({ user }: Client) => world.signIn({ email: user.email, password: PASSWORD });

  describe('go on', () => {
    it('with new tokens for a refresh token', async () => {
      const linh = await acme.as('agent');
      const { body } = await refresh(linh.refreshToken).expect(200);
      expect(body).toEqual({
        ok: true,
        tokens: { accessToken: expect.any(String), refreshToken: expect.any(String), expiresIn: 3600 },
      });
      expect(body.tokens.refreshToken).not.toBe(linh.refreshToken);
      const { body: me } = await world.anonymous
        .withToken(body.tokens.accessToken, linh.user)
        .get('/auth/me')
        .expect(200);
      expect(me.data).toMatchObject({ id: linh.user.id, orgId: acme.id });
    });

    it('as often as each token is used once', async () => {
      let { refreshToken } = await acme.as('agent');
      for (let turn = 0; turn < 4; turn += 1) refreshToken = await next(refreshToken);
    });

    it('with the role that the user has by then', async () => {
      const linh = await acme.as('manager');
      await acme.patch(`/users/${linh.user.id}`, { role: 'agent' }).expect(200);
      const { body } = await refresh(linh.refreshToken).expect(200);
      const claims = JSON.parse(Buffer.from(body.tokens.accessToken.split('.')[1], 'base64url').toString());
      expect(claims).toMatchObject({ role: 'agent', orgId: acme.id, userId: linh.user.id });
    });

    it('for 30 days from each refresh, of which only a hash is stored', async () => {
      const { refreshToken } = await acme.as('agent');
      const stored = await world.database.rows<Stored>('SELECT * FROM refresh_tokens WHERE id = $1', [
        refreshToken.split('.')[1],
      ]);
      expect(stored[0]?.token_hash).toEqual(createHash('sha256').update(refreshToken).digest());
      const days = (Number(stored[0]?.expires_at) - Number(stored[0]?.created_at)) / 86_400_000;
      expect(days).toBeCloseTo(30, 3);
    });
  });

  describe('end', () => {
    it('for the whole family, when a spent token is used again', async () => {
      const { refreshToken: first } = await acme.as('agent');
      const second = await next(first);
      const third = await next(second);
      const { body } = await refresh(first).expect(401);
      expect(body.error.code).toBe('unauthenticated');
      await refresh(third).expect(401);
    });

    it('for no other family of the same user', async () => {
      const linh = await acme.as('agent');
      const elsewhere = await again(linh);
      await next(linh.refreshToken);
      await refresh(linh.refreshToken).expect(401);
      await refresh(elsewhere.refreshToken).expect(200);
    });

    it('for the family, where one token is used several times at once: at most one gets through, and not for long', async () => {
      const { refreshToken } = await acme.as('agent');
      const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(refreshToken)));
      const through = answers.filter(({ status }) => status === 200);
      expect(through).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
      await refresh(through[0]?.body.tokens.refreshToken).expect(401);
    });

    it('when their time is over', async () => {
      const { refreshToken } = await acme.as('agent');
      const expire = `UPDATE refresh_tokens SET expires_at = now() WHERE id = $1`;
      await world.database.rows(expire, [refreshToken.split('.')[1]]);
      await refresh(refreshToken).expect(401);
    });

    it('by signing out, with every token of the family', async () => {
      const linh = await acme.as('agent');
      const second = await next(linh.refreshToken);
      const { body } = await logout(second).expect(200);
      expect(body).toEqual({ ok: true, data: { signedOut: true } });
      await refresh(second).expect(401);
    });

    it('by signing out with a token that is spent already', async () => {
      const { refreshToken: first } = await acme.as('agent');
      const second = await next(first);
      await logout(first).expect(200);
      await refresh(second).expect(401);
    });

    it("by signing out twice without complaint, and nobody else's with them", async () => {
      const linh = await acme.as('agent');
      const [elsewhere, other] = [await again(linh), await acme.as('agent')];
      await logout(linh.refreshToken).expect(200);
      await logout(linh.refreshToken).expect(200);
      await refresh(elsewhere.refreshToken).expect(200);
      await refresh(other.refreshToken).expect(200);
    });

    it('with a deactivation, for every session of that user and of nobody else', async () => {
      const [linh, minh] = [await acme.as('agent'), await acme.as('agent')];
      const elsewhere = await again(linh);
      await acme.delete(`/users/${linh.user.id}`).expect(200);
      await refresh(linh.refreshToken).expect(401);
      await refresh(elsewhere.refreshToken).expect(401);
      await refresh(minh.refreshToken).expect(200);
    });

    it('with a deactivated organization, until it is active again', async () => {
      const own = await world.organization();
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      await refresh(own.admin.refreshToken).expect(403);
      await world.superAdmin.post(`/organizations/${own.id}/activate`).expect(200);
      await refresh(own.admin.refreshToken).expect(200);
    });
  });

  describe('know no token', () => {
    const forgeries = (real: string): Record<string, string> => {
      const [place = '', id = '', secret = ''] = real.split('.');
      return {
        'that was made up': `pd_rt_${Buffer.from(acme.id).toString('base64url')}.${randomUUID()}.${secret}`,
        'with another secret': `${place}.${id}.${'A'.repeat(secret.length)}`,
        'cut short': real.slice(0, -1),
        'drawn out': `${real}A`,
        'moved to another organization': `pd_rt_${Buffer.from(rival.id).toString('base64url')}.${id}.${secret}`,
        'moved to no organization': `pd_rt_${Buffer.from('org_nowhere').toString('base64url')}.${id}.${secret}`,
        'with an organization that is none': `pd_rt_${Buffer.from("'; SELECT 1 --").toString('base64url')}.${id}.${secret}`,
        'of another kind': real.replace('pd_rt', 'pd_inv'),
        'in another spelling': real.replace(id, id.toUpperCase()),
        'that is an access token': acme.admin.headers['authorization']?.replace('Bearer ', '') ?? '',
        'that says nothing': 'x',
      };
    };

    it('that this server did not make, and say the same of each', async () => {
      const { refreshToken } = await acme.as('agent');
      const refusals = new Set<string>();
      for (const forged of Object.values(forgeries(refreshToken))) {
        refusals.add(JSON.stringify(answer(await refresh(forged).expect(401))));
        refusals.add(JSON.stringify(answer(await logout(forged).expect(401))));
      }
      expect(refusals.size).toBe(1);
      await refresh(refreshToken).expect(200);
    });

    it.each([{}, { refreshToken: '' }, { refreshToken: 7 }, { refreshToken: null }, { refreshToken: 'x'.repeat(513) }])(
      'in %j',
      async (body) => {
        for (const path of ['/auth/refresh', '/auth/logout'])
          expect(faultyFields(await world.anonymous.post(path, body).expect(422))).toEqual(['refreshToken']);
      },
    );

    it('as an access token', async () => {
      const { refreshToken } = await acme.as('agent');
      const { headers } = world.anonymous.withToken(refreshToken, acme.admin.user);
      await world.anonymous.get('/auth/me').set(headers).expect(401);
    });
  });
});
