import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { UNKNOWN_ID, faultyFields } from './support/answers.js';
import { World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('The envelope', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  /** Sends a body as the exact text. */
  const send = (body: string, type = 'application/json') =>
    request(world.url).post('/chatbots').set(acme.admin.headers).set('content-type', type).send(body);

  /** A failure must say no more than this. */
  const expectFailure = ({ status, body, headers }: request.Response, expected: number, code: string) => {
    expect({ status, body }).toEqual({
      status: expected,
      body: {
        ok: false,
        error: {
          code,
          message: expect.any(String),
          ...(code === 'invalid' && { details: expect.any(Array) }),
          requestId: headers['x-request-id'],
        },
      },
    });
  };

  describe('around a success', () => {
    it('has the thing as data', async () => {
      const { body } = await acme.get('/organizations/current').expect(200);
      expect(Object.keys(body)).toEqual(['ok', 'data']);
      expect(body).toMatchObject({ ok: true, data: { id: acme.id } });
    });

    it.each(['/users', '/api-keys', '/invitations'])('has total, limit and offset around %s', async (path) => {
      const { body } = await acme.get(`${path}?limit=7&offset=1`).expect(200);
      expect(Object.keys(body)).toEqual(['ok', 'data', 'pagination']);
      expect(body.data).toBeInstanceOf(Array);
      expect(body.pagination).toEqual({ total: expect.any(Number), limit: 7, offset: 1 });
    });

    it.each(['/audit-logs', '/conversations', '/customers', '/integrations', '/chatbots'])(
      'has limit and the next cursor around %s',
      async (path) => {
        const { body } = await rival.get(`${path}?limit=100`).expect(200);
        expect(Object.keys(body)).toEqual(['ok', 'data', 'pagination']);
        expect(body.pagination).toEqual({ limit: 100, nextCursor: null });
        expect((await rival.get(path).expect(200)).body.pagination).toEqual({ limit: 50, nextCursor: null });
      },
    );

    it('is to be stored by nobody on the way', async () => {
      for (const path of ['/users', '/auth/me', '/organizations/current'])
        expect((await acme.get(path).expect(200)).headers['cache-control']).toBe('no-store');
    });
  });

  describe('around a failure', () => {
    it.each([
      '/',
      '/nothing',
      '/users/x/y',
      '/Users',
      '/organizations/current/stats/x',
      '/..%2fusers',
      '/%zz',
      '/users/%zz',
    ])('answers 404 for %s, to members and to nobody', async (path) => {
      for (const caller of [acme.admin, world.anonymous]) expectFailure(await caller.get(path), 404, 'not_found');
    });

    it('answers 404 for an id beyond all length', async () => {
      expectFailure(await acme.get(`/users/${'x'.repeat(5_000)}`), 404, 'not_found');
    });

    it('answers 404 for a method that a path does not have', async () => {
      for (const answer of [
        acme.post('/audit-logs'),
        acme.delete('/users'),
        acme.put('/api-keys'),
        acme.patch('/auth/me'),
      ])
        expectFailure(await answer, 404, 'not_found');
    });

    it('answers 404 for what is not there, in the words for what belongs to another organization', async () => {
      const { id } = rival.admin.user;
      const [unknown, foreign] = [await acme.get(`/users/${UNKNOWN_ID}`), await acme.get(`/users/${id}`)];
      expectFailure(unknown, 404, 'not_found');
      expectFailure(foreign, 404, 'not_found');
      expect(foreign.body.error.message).toBe(unknown.body.error.message);
    });

    it.each([
      '{',
      '{"name":}',
      'name',
      "{'name':'x'}",
      '{"name":"x"}}',
      '{"name":"x",}',
      '\u0000',
      '{"__proto__":{"name":"x"}}',
      '{"constructor":{"prototype":{}}}',
    ])('answers 400 for a body that is not JSON: %j', async (body) => {
      expectFailure(await send(body), 400, 'malformed');
    });

    it.each(['[]', '7', '"name"', 'null', 'true'])('answers 422 for JSON that is no object: %j', async (body) => {
      const response = await send(body);
      expectFailure(response, 422, 'invalid');
      expect(response.body.error.details).toEqual([{ path: '', message: 'must be a JSON object' }]);
    });

    it('answers 422 for no body at all with every field that has to be said', async () => {
      const nothing = await request(world.url).post('/users').set(acme.admin.headers);
      expectFailure(nothing, 422, 'invalid');
      expect(faultyFields(nothing)).toEqual(['username', 'email', 'password', 'role']);
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonp',
    ])('answers 400 for the content type %s', async (type) => {
      expectFailure(await send('{"name":"Bot"}', type), 400, 'malformed');
    });

    it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.api+json'])(
      'takes the content type %s',
      async (type) => {
        await send('{"name":"Bot"}', type).expect(201);
      },
    );

    it('answers 413 for a body of more than a mebibyte, and takes none of it', async () => {
      const name = 'x'.repeat(1024 * 1024);
      expectFailure(await send(JSON.stringify({ name })), 413, 'too_large');
      const { body } = await acme.get('/chatbots?limit=100').expect(200);
      expect(body.data.filter(({ name: kept }: { name: string }) => kept.startsWith('xxx'))).toEqual([]);
    });

    it('answers 422 for every field that is wrong, with what would be right', async () => {
      const response = await acme.post('/users', {
        username: 'l',
        email: 'linh',
        password: 'short',
        role: 'owner',
        isAdmin: true,
      });
      expectFailure(response, 422, 'invalid');
      expect(
        response.body.error.details.toSorted((a: { path: string }, b: { path: string }) =>
          a.path.localeCompare(b.path),
        ),
      ).toEqual([
        { path: 'email', message: 'must be an e-mail address, such as linh@example.com' },
        { path: 'isAdmin', message: 'is not a field of this request: leave it out' },
        { path: 'password', message: 'must be a password of 8 to 256 characters' },
        { path: 'role', message: 'must be one of super_admin, admin, manager, agent' },
        { path: 'username', message: expect.stringContaining('must be') },
      ]);
    });

    it.each(['/users', '/audit-logs', '/conversations', '/organizations', '/api-keys', '/invitations', '/customers'])(
      'answers 422 for what %s is not asked by',
      async (path) => {
        const response = await world.superAdmin.get(`${path}?orgId=${acme.id}`);
        expectFailure(response, 422, 'invalid');
        expect(faultyFields(response)).toEqual(['orgId']);
      },
    );

    it('answers 422 for what Postgres cannot keep', async () => {
      for (const body of ['{"name":"a\\u0000b"}', '{"name":"\\ud800"}', '{"name":"x","settings":{"a\\u0000":1}}'])
        expectFailure(await send(body), 422, 'invalid');
    });

    it('answers 401, 403 and 409 in the same form', async () => {
      const agent = await acme.as('agent');
      expectFailure(await world.anonymous.get('/users'), 401, 'unauthenticated');
      expectFailure(await agent.get('/users'), 403, 'forbidden');
      expectFailure(await acme.delete(`/users/${acme.admin.user.id}`), 409, 'last_admin');
    });

    it('answers 500 without a word of what went wrong', async () => {
      await world.database.rows(`CREATE FUNCTION burst() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE EXCEPTION 'a pipe burst in chatbots'; END $$;
        CREATE TRIGGER burst BEFORE INSERT ON chatbots FOR EACH ROW EXECUTE FUNCTION burst()`);
      const response = await send('{"name":"Bot"}');
      await world.database.rows('DROP TRIGGER burst ON chatbots; DROP FUNCTION burst');
      expectFailure(response, 500, 'internal');
      expect(response.text).not.toMatch(/burst|chatbots|prisma|sql|\.ts|\.js|at /i);
    });

    it('answers 503 while the database is away, and goes on when it is back', async () => {
      await world.database.whileAway(async () => {
        for (const answer of [
          acme.get('/chatbots'),
          world.anonymous.post('/auth/login', { email: 'a@b.vn', password: 'x' }),
        ]) {
          const response = await answer;
          expectFailure(response, 503, 'unavailable');
          expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
        }
      });
      await acme.get('/chatbots').expect(200);
    });
  });

  describe('carries a request id', () => {
    it.each(['a', 'req-1.2:3_4', 'x'.repeat(128)])('as it came: %s', async (id) => {
      const response = await acme.get(`/users/${UNKNOWN_ID}`).set('x-request-id', id);
      expect(response.headers['x-request-id']).toBe(id);
      expect(response.body.error.requestId).toBe(id);
    });

    it.each(['', 'x'.repeat(129), 'a b', '<script>', '"', "' OR 1=1 --", 'ä'])(
      'of our own instead of %j',
      async (id) => {
        const response = await acme.get('/nothing').set('x-request-id', id);
        expect(response.headers['x-request-id']).toMatch(UUID);
        expectFailure(response, 404, 'not_found');
      },
    );

    it('that is another for every request', async () => {
      const [one, two] = [await acme.get('/users'), await acme.get('/users')];
      expect(one.headers['x-request-id']).toMatch(UUID);
      expect(one.headers['x-request-id']).not.toBe(two.headers['x-request-id']);
    });
  });

  describe('pages with a cursor', () => {
    const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString('base64url'));
    const at = '2026-01-01T00:00:00.000Z';

    it.each([
      '',
      'x',
      '!!!',
      encode('x y'),
      encode(at),
      encode(`${at} `),
      encode(`${at} x`),
      encode(` ${UNKNOWN_ID}`),
      encode(`9999-99-99 ${UNKNOWN_ID}`),
      encode(`0001-01-01T00:00:00.000Z ${UNKNOWN_ID}`),
      encode(`${at} ${UNKNOWN_ID}'; --`),
      encode(`2026-01-01 ${UNKNOWN_ID}`),
      'x'.repeat(5_000),
      '%00',
    ])('that this server gave out: not %j', async (cursor) => {
      for (const path of ['/audit-logs', '/conversations', '/customers', '/chatbots']) {
        const response = await acme.get(`${path}?cursor=${cursor}`);
        expectFailure(response, 422, 'invalid');
        expect(faultyFields(response)).toEqual(['cursor']);
      }
    });

    it('once, not several at a time', async () => {
      expect(faultyFields(await acme.get('/audit-logs?cursor=a&cursor=b').expect(422))).toEqual(['cursor']);
    });

    it('that shows nothing of another organization to those who got hold of it', async () => {
      for (const name of ['one', 'two', 'three']) await acme.post('/chatbots', { name }).expect(201);
      const own = await acme.get('/chatbots?limit=1').expect(200);
      const { body } = await rival.get(`/chatbots?cursor=${own.body.pagination.nextCursor}`).expect(200);
      expect(body.data).toEqual([]);
    });

    it('without gaps or repetitions while rows are being added', async () => {
      const own = await world.organization();
      for (let number = 0; number < 7; number += 1) await own.post('/chatbots', { name: `bot ${number}` }).expect(201);
      const names: string[] = [];
      let cursor = '';
      do {
        const { body } = await own.get(`/chatbots?limit=3${cursor && `&cursor=${cursor}`}`).expect(200);
        names.push(...body.data.map(({ name }: { name: string }) => name));
        cursor = body.pagination.nextCursor;
        await own.post('/chatbots', { name: 'a latecomer' }).expect(201);
      } while (cursor);
      expect(names).toEqual([6, 5, 4, 3, 2, 1, 0].map((number) => `bot ${number}`));
    });

    it.each(['limit=0', 'limit=101', 'limit=1.5', 'limit=x', 'limit=', 'limit=-1', 'limit=1e9', 'limit=1&limit=2'])(
      'and not with %s',
      async (query) => {
        for (const path of ['/audit-logs', '/conversations', '/users'])
          expect(faultyFields(await acme.get(`${path}?${query}`).expect(422))).toEqual(['limit']);
      },
    );
  });

  describe('is documented', () => {
    it('for every route with an id in its path: it may name nothing', async () => {
      const { body } = await world.anonymous.get('/openapi.json').expect(200);
      const operations = Object.entries<Record<string, { responses: object }>>(body.paths)
        .filter(([path]) => path.includes('{'))
        .flatMap(([path, item]) =>
          Object.entries(item).map(([method, { responses }]) => ({ route: `${method} ${path}`, responses })),
        );
      expect(operations.length).toBeGreaterThan(20);
      expect(operations.filter(({ responses }) => !('404' in responses)).map(({ route }) => route)).toEqual([]);
    });

    it('for every route that takes a body: it may be no JSON, or too large, or hold what cannot be', async () => {
      const { body } = await world.anonymous.get('/openapi.json').expect(200);
      const takers = Object.values<Record<string, { requestBody?: object; responses: object }>>(body.paths)
        .flatMap((item) => Object.values(item))
        .filter(({ requestBody }) => requestBody);
      expect(takers.length).toBeGreaterThan(15);
      for (const { responses } of takers)
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '413', '422']));
    });

    it('with both answers of a route that has two', async () => {
      const { body } = await world.anonymous.get('/openapi.json').expect(200);
      const { schema } = body.paths['/organizations/{id}'].delete.responses['200'].content['application/json'];
      expect(schema.properties.data.oneOf.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1))).toEqual([
        'OrganizationView',
        'ErasedOrganizationView',
      ]);
      expect(body.components.schemas).toHaveProperty('ErasedOrganizationView');
    });

    it('with a page for people', async () => {
      const { text } = await world.anonymous.get('/docs').expect(200);
      expect(text).toContain('Polydesk');
    });
  });
});
