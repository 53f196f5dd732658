import { randomBytes, randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, faultyFields } from './support/answers.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

const WRONG = 'a wrong password';
const GUESSES = 10;

const uniqueEmail = () => `linh-${randomBytes(6).toString('hex')}@example.com`;

describe('Signing in', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());
  beforeEach(() => world.database.rows('DELETE FROM rate_limits'));

  /** A user of an organization, by an e-mail that others may have in theirs. */
  const person = async (organization: TestOrganization, email: string, password = PASSWORD) => {
    const username = email.split('@')[0];
    const { body } = await organization.post('/users', { username, email, password, role: 'agent' }).expect(201);
    return body.data;
  };
  const login = (body: object) => world.anonymous.post('/auth/login', body);
  const loginFrom = (localAddress: string, body: object) => login(body).agent(new Agent({ localAddress }));
  const fail = async (email: string, times: number) => {
    for (let time = 0; time < times; time += 1) await login({ email, password: WRONG }).expect(401);
  };

  describe('answers', () => {
    it('with the user and with tokens', async () => {
      const email = uniqueEmail();
      const { id, username } = await person(acme, email);
      const { body } = await login({ email, password: PASSWORD }).expect(200);
      expect(body).toEqual({
        ok: true,
        user: { id, username, email, role: 'agent', orgId: acme.id },
        tokens: { accessToken: expect.any(String), refreshToken: expect.any(String), expiresIn: 3600 },
      });
    });

    it('with an access token of exactly these claims, for an hour', async () => {
      const email = uniqueEmail();
      const { id, username } = await person(acme, email);
      const { body } = await login({ email, password: PASSWORD }).expect(200);
      const [header, claims] = (body.tokens.accessToken as string)
        .split('.')
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
      expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
      expect(claims).toEqual({
        sub: id,
        userId: id,
        username,
        email,
        role: 'agent',
        orgId: acme.id,
        iat: expect.any(Number),
        exp: claims.iat + 3_600,
        iss: expect.any(String),
        aud: expect.any(String),
      });
    });

    it.each<[string, (email: string) => object]>([
      ['by e-mail', (email) => ({ email })],
      ['by e-mail in any case, with spaces around', (email) => ({ email: ` ${email.toUpperCase()} ` })],
      ['by username', (email) => ({ username: email.split('@')[0] })],
      ['by username in any case', (email) => ({ username: email.split('@')[0]?.toUpperCase() })],
      ['with the id of the organization', (email) => ({ email, organization: acme.id })],
      ['with the name of the organization', (email) => ({ email, organization: acme.name })],
    ])('%s', async (_, by) => {
      const email = uniqueEmail();
      const { id } = await person(acme, email);
      const { body } = await login({ ...by(email), password: PASSWORD }).expect(200);
      expect(body.user.id).toBe(id);
    });

    it('to be kept by nobody on the way', async () => {
      const { headers } = await login({ email: acme.admin.user.email, password: PASSWORD }).expect(200);
      expect(headers['cache-control']).toBe('no-store');
    });

    it.each<[string[], object]>([
      [['email'], { password: PASSWORD }],
      [['email'], { email: '', password: PASSWORD }],
      [['email'], { email: 7, password: PASSWORD }],
      [['email'], { email: null, password: PASSWORD }],
      [['email'], { email: { contains: '@' }, password: PASSWORD }],
      [['email'], { email: ['root@example.com'], password: PASSWORD }],
      [['username'], { username: { not: '' }, password: PASSWORD }],
      [['password'], { email: 'root@example.com' }],
      [['password'], { email: 'root@example.com', password: '' }],
      [['password'], { email: 'root@example.com', password: 'x'.repeat(257) }],
      [['password'], { email: 'root@example.com', password: null }],
      [['organization'], { email: 'root@example.com', password: PASSWORD, organization: '' }],
      [['role'], { email: 'root@example.com', password: PASSWORD, role: 'super_admin' }],
      [['orgId'], { email: 'root@example.com', password: PASSWORD, orgId: 'org_default_001' }],
    ])('422 for %j in %j', async (fields, body) => {
      expect(faultyFields(await login(body).expect(422))).toEqual(fields);
    });
  });

  describe('refuses', () => {
    it('an unknown account, a wrong password and a deactivated user in the same words', async () => {
      const [email, inactive] = [uniqueEmail(), uniqueEmail()];
      await person(acme, email);
      const { id } = await person(acme, inactive);
      await acme.delete(`/users/${id}`).expect(200);
      const answers = [
        await login({ email, password: WRONG }),
        await login({ email: uniqueEmail(), password: PASSWORD }),
        await login({ email: inactive, password: PASSWORD }),
        await login({ username: 'nobody-at-all', password: PASSWORD }),
        await login({ email, password: PASSWORD, organization: rival.id }),
        await login({ email, password: PASSWORD, organization: 'no-such-organization' }),
      ];
      const refused = { code: 'invalid_credentials', message: expect.any(String) };
      expect(answer(answers[0]!)).toEqual({ status: 401, ok: false, error: refused });
      for (const other of answers) expect(answer(other)).toEqual(answer(answers[0]!));
    });

    it('an unknown account after the same time as a wrong password', async () => {
      const timeOf = async (email: string) => {
        const start = process.hrtime.bigint();
        await login({ email, password: WRONG }).expect(401);
        return Number(process.hrtime.bigint() - start);
      };
      const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
      const email = uniqueEmail();
      await person(acme, email);
      for (let round = 0; round < 15; round += 1) {
        times.known.push(await timeOf(email));
        times.unknown.push(await timeOf(uniqueEmail()));
        await world.database.rows('DELETE FROM rate_limits');
      }
      const median = (of: number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
      const [known, unknown] = [median(times.known), median(times.unknown)];
      expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(1.5);
    });

    it('whoever belongs to a deactivated organization, and says why only to those who have the password', async () => {
      const own = await world.organization();
      const email = uniqueEmail();
      await person(own, email);
      await world.superAdmin.delete(`/organizations/${own.id}`).expect(200);
      const { body } = await login({ email, password: PASSWORD }).expect(403);
      expect(body.error.code).toBe('organization_inactive');
      await login({ email, password: WRONG }).expect(401);
    });

    it('what looks like SQL or a pattern as any unknown account', async () => {
      for (const email of [`' OR 1=1 --`, '%', '_', '*', `${'x'.repeat(240)}@x.vn`])
        await login({ email, password: PASSWORD }).expect(401);
    });
  });

  describe('with an e-mail that several organizations have', () => {
    it('asks which one is meant, where the password fits in several', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      const theirs = await person(rival, email);
      const { body } = await login({ email, password: PASSWORD }).expect(409);
      expect(body.error).toEqual({
        code: 'organization_required',
        message: expect.any(String),
        details: [
          { organization: acme.name, displayName: acme.name },
          { organization: rival.name, displayName: rival.name },
        ],
        requestId: expect.any(String),
      });
      for (const organization of [rival.id, rival.name]) {
        const named = await login({ email, password: PASSWORD, organization }).expect(200);
        expect(named.body.user).toMatchObject({ id: theirs.id, orgId: rival.id });
      }
    });

    it('signs into the one where the password fits, and names no other', async () => {
      const email = uniqueEmail();
      await person(acme, email, 'the password at acme');
      await person(rival, email, 'the password at rival');
      const { body, text } = await login({ email, password: 'the password at rival' }).expect(200);
      expect(body.user.orgId).toBe(rival.id);
      expect(text).not.toContain(acme.id);
    });

    it('names only organizations where the password fits', async () => {
      const [email, third] = [uniqueEmail(), await world.organization()];
      await person(acme, email);
      await person(rival, email);
      await person(third, email, 'another password');
      const { body } = await login({ email, password: PASSWORD }).expect(409);
      expect(body.error.details.map(({ organization }: { organization: string }) => organization)).toEqual([
        acme.name,
        rival.name,
      ]);
    });

    it('does not ask about deactivated ones', async () => {
      const [email, closed] = [uniqueEmail(), await world.organization()];
      await person(closed, email);
      await person(acme, email);
      await world.superAdmin.delete(`/organizations/${closed.id}`).expect(200);
      const { body } = await login({ email, password: PASSWORD }).expect(200);
      expect(body.user.orgId).toBe(acme.id);
    });
  });

  describe('is throttled', () => {
    it('by account, with the time to wait, even for the right password', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      await fail(email, GUESSES);
      const { body, headers } = await login({ email, password: PASSWORD }).expect(429);
      expect(body.error.code).toBe('rate_limited');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(15 * 60);
      expect(headers).toMatchObject({
        'ratelimit-limit': String(GUESSES),
        'ratelimit-remaining': '0',
        'ratelimit-reset': headers['retry-after'],
      });
      await login({ email: acme.admin.user.email, password: PASSWORD }).expect(200);
    });

    it('in the same way for an account that does not exist', async () => {
      const [email, nobody] = [uniqueEmail(), uniqueEmail()];
      await person(acme, email);
      await fail(email, GUESSES);
      await fail(nobody, GUESSES);
      const [known, unknown] = [
        await login({ email, password: WRONG }),
        await login({ email: nobody, password: WRONG }),
      ];
      const untimed = ({ text, status }: { text: string; status: number }) =>
        `${status} ${text.replace(/\d+ s"/, '').replace(/"requestId.*/, '')}`;
      expect(untimed(known)).toBe(untimed(unknown));
      expect(known.status).toBe(429);
    });

    it('whatever the letter case, the spaces, and the organization that is named', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      await fail(email, GUESSES);
      for (const disguise of [email.toUpperCase(), `${email} `, email.replace('l', 'L')])
        await login({ email: disguise, password: WRONG }).expect(429);
      await login({ email, password: WRONG, organization: acme.id }).expect(429);
    });

    it('whatever address a request claims to come from', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      for (let guess = 0; guess < GUESSES; guess += 1) {
        const claimed = {
          'x-forwarded-for': `10.0.0.${guess}`,
          'x-real-ip': `10.0.0.${guess}`,
          forwarded: `for=${guess}`,
        };
        await login({ email, password: WRONG }).set(claimed).expect(401);
      }
      await login({ email, password: WRONG }).set('x-forwarded-for', '10.1.1.1').expect(429);
    });

    it('wherever the guesses come from', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      for (let guess = 0; guess < GUESSES; guess += 1)
        await loginFrom(`127.0.1.${guess + 1}`, { email, password: WRONG }).expect(401);
      await loginFrom('127.0.2.1', { email, password: PASSWORD }).expect(429);
    });

    it('by address, without punishing anybody elsewhere', async () => {
      const points = `UPDATE rate_limits SET points = 100 WHERE key LIKE 'sign-in-address:%'`;
      await login({ email: uniqueEmail(), password: WRONG }).expect(401);
      expect(await world.database.rows(`${points} RETURNING key`)).toHaveLength(1);
      const right = { email: acme.admin.user.email, password: PASSWORD };
      await login(right).expect(429);
      await login(right).set('x-forwarded-for', '10.2.2.2').expect(429);
      await loginFrom('127.0.3.1', right).expect(200);
    });

    it('even where all guesses come at once', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      const guesses = Array.from({ length: 25 }, () => login({ email, password: WRONG }));
      const statuses = (await Promise.all(guesses)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(GUESSES);
      expect(statuses.filter((status) => status === 429)).toHaveLength(25 - GUESSES);
    });

    it('anew after a success', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      for (const _ of [1, 2]) {
        await fail(email, GUESSES - 1);
        await login({ email, password: PASSWORD }).expect(200);
      }
    });

    it('not for being asked which organization is meant, nor for a deactivated one: the password was right', async () => {
      const [email, closed] = [uniqueEmail(), await world.organization()];
      await person(acme, email);
      await person(rival, email);
      const shut = uniqueEmail();
      await person(closed, shut);
      await world.superAdmin.delete(`/organizations/${closed.id}`).expect(200);
      for (let attempt = 0; attempt <= GUESSES; attempt += 1) {
        await login({ email, password: PASSWORD }).expect(409);
        await login({ email: shut, password: PASSWORD }).expect(403);
      }
      await login({ email, password: PASSWORD, organization: acme.id }).expect(200);
    });

    it('not for being right again and again', async () => {
      const email = uniqueEmail();
      await person(acme, email);
      for (let attempt = 0; attempt < 40; attempt += 1) await login({ email, password: PASSWORD }).expect(200);
    });

    it('for a guesser next door, who resets the count with an account of the same e-mail of their own', async () => {
      const email = uniqueEmail();
      await person(acme, email, 'the password at acme');
      await person(rival, email, 'the password at rival');
      const statuses: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        for (let guess = 0; guess < GUESSES - 1; guess += 1)
          statuses.push((await login({ email, password: `guess ${round} ${guess}` })).status);
        await login({ email, password: 'the password at rival', organization: rival.id });
      }
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(30);
      expect(statuses).toContain(429);
    });

    it('for a guesser next door, who gives an account of the same e-mail the guessed password', async () => {
      const email = uniqueEmail();
      await person(acme, email, 'the password at acme');
      const { id } = await person(rival, email, 'the password at rival');
      const statuses: number[] = [];
      for (let guess = 0; guess < 35; guess += 1) {
        await rival.patch(`/users/${id}`, { password: `guess number ${guess}` }).expect(200);
        statuses.push((await login({ email, password: `guess number ${guess}` })).status);
      }
      expect(statuses.filter((status) => status !== 429).length).toBeLessThanOrEqual(30);
    });
  });

  it('is not needed to find out that nobody is signed in', async () => {
    await world.anonymous.get('/auth/me').expect(401);
    const key = await acme.withKey(['users:read']);
    await key.get('/auth/me').expect(403);
  });

  it('lets users see themselves', async () => {
    const agent = await acme.as('agent');
    const { body } = await agent.get('/auth/me').expect(200);
    const shown = await acme.get(`/users/${agent.user.id}`).expect(200);
    expect(body).toEqual(shown.body);
    expect(body.data.id).not.toBe(randomUUID());
  });
});
