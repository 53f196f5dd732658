import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type request from 'supertest';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import { TcpProxy } from './support/tcp-proxy.js';
import type { TestOrganization } from './support/test-organization.js';
import { PASSWORD, World } from './support/world.js';

/** A connection is tried for 5 s, a statement for 8 s by Postgres and for 10 s by us; a second for a busy machine. */
const BOUND_MS = 11_000;
/** What a probe waits for at most. */
const PROBE_BOUND_MS = 3_000;

describe('While Postgres cannot be reached', () => {
  let proxy: TcpProxy;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let conversation: { id: string; oaId: string; customerId: string };

  beforeAll(async () => {
    const direct = new URL(process.env['POLYDESK_TEST_POSTGRES'] ?? '');
    proxy = await TcpProxy.to(direct.hostname, Number(direct.port));
    world = await World.start({}, [], (url) => url.replace(`:${direct.port}/`, `:${proxy.port}/`));
    [acme, rival] = [await world.organization(), await world.organization()];
    conversation = await acme.conversation();
    await rival.conversation();
  });
  afterEach(() => proxy.heal());
  afterAll(async () => {
    await world.stop();
    await proxy.close();
  });

  /** What the tables hold, as nobody but their owner sees it. */
  const everything = () =>
    world.database.rows(
      `SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM customers) AS customers,
              (SELECT count(*) FROM conversations) AS conversations, (SELECT count(*) FROM chatbots) AS chatbots,
              (SELECT count(*) FROM audit_entries) AS audit, (SELECT sum(unread_count) FROM conversations) AS unread`,
    );
  const event = (mid: string, customer = conversation.customerId) =>
    pageBody(conversation.oaId, [
      { ...fromCustomer(conversation.oaId, customer, Date.now()), message: { mid, text: 'Xin chào' } },
    ]);
  const write = () => world.facebook.post(event(`m_${randomUUID()}`));

  /** Of each kind: reads, writes with and without an audit entry, sign-in, a partner's webhook. More than there are connections. */
  const requests = (): request.Test[] => [
    acme.get('/conversations'),
    rival.get('/users'),
    acme.get(`/conversations/${conversation.id}/messages`),
    acme.post('/chatbots', { name: 'half' }),
    acme.patch(`/conversations/${conversation.id}`, { status: 'resolved' }),
    acme.post(`/conversations/${conversation.id}/messages`, { text: 'half' }),
    world.anonymous.post('/auth/login', { email: acme.admin.user.email, password: PASSWORD }),
    world.superAdmin.get('/organizations'),
    write(),
    ...Array.from({ length: 25 }, () => rival.get('/conversations')),
  ];

  async function expectUnavailable(sent: request.Test, boundMs: number): Promise<void> {
    const begun = Date.now();
    const { status, body, headers } = await sent;
    expect({ path: sent.url, status, code: body.error?.code }).toEqual({
      path: sent.url,
      status: 503,
      code: 'unavailable',
    });
    expect(body.error).toEqual({
      code: 'unavailable',
      message: 'The database cannot be reached: try again shortly',
      requestId: headers['x-request-id'],
    });
    expect(headers['retry-after']).toBe('5');
    expect(Date.now() - begun).toBeLessThan(boundMs);
  }

  async function expectHealthy(): Promise<void> {
    await world.anonymous.get('/health/ready').expect(200);
    await acme.get('/conversations').expect(200);
    await rival.post('/chatbots', { name: 'after the outage' }).expect(201);
    await write().expect(200);
  }

  it.each([
    ['its connections are cut', () => proxy.cut(), PROBE_BOUND_MS],
    ['it is silent', () => proxy.blackhole(), BOUND_MS],
  ])('and %s, answers 503 in time, keeps nothing by halves, and recovers by itself', async (_, spoil, boundMs) => {
    const before = await everything();
    spoil();
    await Promise.all([
      ...requests().map((sent) => expectUnavailable(sent, boundMs)),
      expectUnavailable(world.anonymous.get('/health/ready'), PROBE_BOUND_MS),
      world.anonymous.get('/health/live').expect(200),
    ]);
    expect(await everything()).toEqual(before);
    proxy.heal();
    await expectHealthy();
  });

  it('serves all the same where answers are slow', async () => {
    proxy.slow(200);
    await acme.get('/conversations').expect(200);
    await acme.patch(`/conversations/${conversation.id}`, { status: 'pending' }).expect(200);
    await write().expect(200);
    await world.anonymous.get('/health/ready').expect(200);
  });

  it('says that it is not ready where answers are too slow to wait for', async () => {
    proxy.slow(PROBE_BOUND_MS);
    await expectUnavailable(world.anonymous.get('/health/ready'), PROBE_BOUND_MS);
    await world.anonymous.get('/health/live').expect(200);
  });

  /** Somebody else holds the conversation, so that whatever writes to it has to wait. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    const client = await world.database.owner.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT FROM conversations WHERE id = $1 FOR UPDATE', [conversation.id]);
      await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  const waiting = () =>
    world.database.rows(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
  const isQuiet = async () => {
    while ((await waiting()).length > 0) await new Promise(setImmediate);
  };

  // What Postgres has been told it goes on with, heard or not: the event may be there already.
  it('keeps an event once that was cut off in the middle and sent again', async () => {
    const mid = `m_${randomUUID()}`;
    const before = await acme.get(`/conversations/${conversation.id}`).expect(200);
    await whileLocked(async () => {
      const cutOff = expectUnavailable(world.facebook.post(event(mid)), BOUND_MS);
      while ((await waiting()).length === 0) await new Promise(setImmediate);
      proxy.cut();
      await cutOff;
    });
    await isQuiet();
    proxy.heal();
    for (let times = 0; times < 2; times += 1) await world.facebook.post(event(mid)).expect(200);
    expect(await world.database.rows('SELECT FROM messages WHERE provider_message_id = $1', [mid])).toHaveLength(1);
    const after = await acme.get(`/conversations/${conversation.id}`).expect(200);
    expect(after.body.data.unreadCount).toBe(before.body.data.unreadCount + 1);
  });

  it('gives up, here and in Postgres, what waits too long for somebody else', async () => {
    const before = await everything();
    await whileLocked(async () => {
      await Promise.all([
        expectUnavailable(write(), BOUND_MS),
        expectUnavailable(acme.patch(`/conversations/${conversation.id}`, { status: 'snoozed' }), BOUND_MS),
      ]);
      expect(await waiting()).toEqual([]);
      await acme.get(`/conversations/${conversation.id}`).expect(200);
    });
    expect(await everything()).toEqual(before);
    await expectHealthy();
  });

  it('opens one conversation for a new customer whose first event comes again and again', async () => {
    const customer = '7301554468';
    const body = event(`m_${randomUUID()}`, customer);
    proxy.cut();
    await Promise.all(Array.from({ length: 3 }, () => expectUnavailable(world.facebook.post(body), PROBE_BOUND_MS)));
    proxy.heal();
    await Promise.all(Array.from({ length: 3 }, () => world.facebook.post(body).expect(200)));
    const { body: found } = await acme.get(`/customers?search=${customer}`).expect(200);
    const rows = await world.database.rows(
      `SELECT c.unread_count FROM conversations c JOIN customers p ON p.org_id = c.org_id AND p.id = c.customer_id
       WHERE p.external_id = $1`,
      [customer],
    );
    expect([found.data.length, rows]).toEqual([1, [{ unread_count: 1 }]]);
  });
});
