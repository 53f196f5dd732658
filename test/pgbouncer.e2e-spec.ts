import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import { PgBouncer } from './support/pgbouncer.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

/** Fewer than there are requests at a time, so that organizations take turns on a connection. */
const CONNECTIONS = 2;
const ROUNDS = 60;

const describeWithPgBouncer = PgBouncer.isInstalled ? describe : describe.skip;
const why = 'skipped: this machine has no pgbouncer (apt-get install pgbouncer)';
// Jest shows neither the names nor the console of a suite that is skipped as a whole.
if (!PgBouncer.isInstalled) process.stderr.write(`Through PgBouncer: ${why}\n`);

describeWithPgBouncer(`Through PgBouncer in transaction mode${PgBouncer.isInstalled ? '' : ` (${why})`}`, () => {
  let pooler: PgBouncer;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;

  beforeAll(async () => {
    pooler = await PgBouncer.before(process.env['POLYDESK_TEST_POSTGRES'] ?? '', CONNECTIONS);
    world = await World.start({}, [], (direct) => {
      const url = new URL(pooler.url);
      url.pathname = new URL(direct).pathname;
      return url.href;
    });
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await pooler.stop();
  });

  it('the application shares the few connections that there are', async () => {
    const reads = Array.from({ length: ROUNDS }, (_, round) => (round % 2 ? acme : rival).get('/chatbots').expect(200));
    await Promise.all(reads);
    const [database = ''] = new URL(world.config.settings.DATABASE_URL).pathname.split('/').slice(1);
    const pools = (await pooler.pools()).filter((pool) => pool['database'] === database);
    expect(pools.map(({ user }) => user)).toEqual(expect.arrayContaining(['polydesk_app', 'polydesk_system']));
    expect(pools.map(({ pool_mode }) => pool_mode)).toEqual(pools.map(() => 'transaction'));
    const sessions = await world.database.rows<{ count: number }>(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND usename = 'polydesk_app'`,
    );
    expect(sessions[0]?.count).toBeLessThanOrEqual(CONNECTIONS);
  });

  it('two organizations that take turns see and write only their own', async () => {
    const write = (owner: TestOrganization, round: number) =>
      owner.post('/chatbots', { name: `${owner.name} ${round}` }).expect(201);
    const read = async (owner: TestOrganization) => (await owner.get('/chatbots?limit=100').expect(200)).body.data;
    const seen = await Promise.all(
      Array.from({ length: ROUNDS }, async (_, round) => {
        const owner = round % 2 === 0 ? acme : rival;
        await write(owner, round);
        return { owner: owner.name, rows: await read(owner) };
      }),
    );
    for (const { owner, rows } of seen)
      expect(rows.filter(({ name }: { name: string }) => !name.startsWith(owner))).toEqual([]);
    expect([(await read(acme)).length, (await read(rival)).length]).toEqual([ROUNDS / 2, ROUNDS / 2]);
  });

  it('a transaction stays together, and one that fails leaves nothing behind', async () => {
    const attempts = Array.from({ length: ROUNDS }, (_, round) =>
      acme.post('/integrations', {
        platform: 'facebook',
        name: 'P',
        oaId: String(1e12 + Math.floor(round / 3)),
        accessToken: 'x',
      }),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(ROUNDS / 3);
    expect(statuses.filter((status) => status === 409)).toHaveLength((ROUNDS / 3) * 2);
    const [counts] = await world.database.rows(
      `SELECT (SELECT count(*)::int FROM integrations WHERE org_id = $1) AS integrations,
              (SELECT count(*)::int FROM channel_routes WHERE org_id = $1) AS routes,
              (SELECT count(*)::int FROM audit_entries WHERE org_id = $1 AND target_type = 'integration') AS entries`,
      [acme.id],
    );
    expect(counts).toEqual({ integrations: ROUNDS / 3, routes: ROUNDS / 3, entries: ROUNDS / 3 });
  });

  it('an event that comes many times at once is one message, and an answer to it is one', async () => {
    const { id, oaId, customerId } = await rival.conversation();
    const mid = `m_${randomUUID()}`;
    const event = { ...fromCustomer(oaId, customerId, Date.now()), message: { mid, text: 'again' } };
    await Promise.all(Array.from({ length: 10 }, () => world.facebook.post(pageBody(oaId, [event])).expect(200)));
    const clientMessageId = randomUUID();
    const send = () => rival.post(`/conversations/${id}/messages`, { text: 'once', clientMessageId });
    await Promise.all(Array.from({ length: 10 }, () => send()));
    const { body } = await rival.get(`/conversations/${id}/messages`).expect(200);
    expect(body.data.map(({ text }: { text: string }) => text).sort()).toEqual(['Xin chào', 'again', 'once']);
    await acme.get(`/conversations/${id}`).expect(404);
  });
});
