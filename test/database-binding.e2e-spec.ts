import { AsyncResource } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaPg } from '@prisma/adapter-pg';
import { sql } from 'kysely';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import {
  DEFAULT_ORGANIZATION_ID,
  OrgContext,
  OrganizationContextMissingError,
} from '../src/platform/context/org-context.js';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { DatabaseUnavailableError } from '../src/platform/database/database-errors.js';
import { Database } from '../src/platform/database/database.js';
import { PrismaClient } from '../src/platform/database/generated/prisma/client.js';
import { kyselyOver } from '../src/platform/database/kysely-driver.js';
import { OrganizationPool } from '../src/platform/database/organization-pool.js';
import { SystemDatabase } from '../src/platform/database/system-database.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const REFUSED_CONNECT =
  'Use Database.transaction(): it binds the organization. Nested writes and $transaction are not for this client';

/** The pool as it is, and a way to look at its connections as their next user finds them. */
class InspectedPool extends OrganizationPool {
  /** As it is where there is Citus. */
  setCluster(isCluster: boolean): void {
    this.isCluster = isCluster;
  }

  async nextUserFinds(): Promise<{ organization: string; rows: number; inTransaction: boolean }> {
    const connect: (this: pg.Pool) => Promise<pg.PoolClient> = pg.Pool.prototype.connect;
    const client = await connect.call(this);
    const { rows } = await client.query<{ organization: string; rows: number; in_transaction: boolean }>(
      `SELECT coalesce(current_setting('app.org_id', true), '') AS organization,
              (SELECT count(*)::int FROM chatbots) AS rows, now() <> statement_timestamp() AS in_transaction`,
    );
    client.release();
    const [found] = rows;
    if (!found) throw new Error('No answer');
    return { organization: found.organization, rows: found.rows, inTransaction: found.in_transaction };
  }
}

const NOTHING = { organization: '', rows: 0, inTransaction: false };
const as = <T>(orgId: string, work: () => T): T => OrgContext.runAsSystem(orgId, 'test', work);

let world: World;
let acme: TestOrganization;
let rival: TestOrganization;
beforeAll(async () => {
  world = await World.start({}, [], (direct) => direct); // Also for pools whose statements are prepared.
  [acme, rival] = [await world.organization(), await world.organization()];
});
afterAll(() => world.stop());

describe.each([
  ['with prepared statements', true, false],
  ['with unnamed statements, as behind PgBouncer', false, false],
  ['with whole transactions, as on Citus', true, true],
])('A bound pool, %s', (_, namedStatements, isCluster) => {
  let pool: InspectedPool;
  let db: ReturnType<typeof kyselyOver>;
  let prisma: PrismaClient;

  beforeEach(async () => {
    for (const { id } of [acme, rival]) await reset(id);
  });
  afterEach(() => pool.end());

  /** Every organization begins with one chatbot, named after it. */
  async function reset(orgId: string): Promise<void> {
    await world.database.rows('DELETE FROM chatbots WHERE org_id = $1', [orgId]);
    await world.database.rows('INSERT INTO chatbots (org_id, id, name) VALUES ($1, gen_random_uuid(), $1)', [orgId]);
  }

  function open(connections: number): void {
    const options = new DatabaseConnections(world.config).options('polydesk_app', connections);
    pool = new InspectedPool({ ...options, namedStatements });
    pool.setCluster(isCluster);
    pool.on('error', () => undefined); // Connections that a test kills while they are idle.
    db = kyselyOver(pool);
    prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  }

  // None of them says which organization: what is seen is what the connection is bound to.
  const names = async () => (await db.selectFrom('chatbots').select('name').execute()).map(({ name }) => name);
  const namesByPrisma = async () => (await prisma.chatbot.findMany({})).map(({ name }) => name);
  const insert = (name: string) =>
    db.insertInto('chatbots').values({ orgId: OrgContext.orgId, id: uuidv7(), name }).execute();
  const kept = async (orgId: string) =>
    (
      await world.database.rows<{ name: string }>('SELECT name FROM chatbots WHERE org_id = $1 ORDER BY id', [orgId])
    ).map(({ name }) => name);

  it('binds single statements of Kysely and Prisma, each its own', async () => {
    open(1);
    expect(await as(acme.id, names)).toEqual([acme.id]);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
    expect(await as(rival.id, namesByPrisma)).toEqual([rival.id]);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
    expect(await as(acme.id, namesByPrisma)).toEqual([acme.id]);
    expect(await as(rival.id, names)).toEqual([rival.id]);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  it('binds a transaction for all its statements, and keeps what it wrote', async () => {
    open(1);
    const seen = await as(acme.id, () =>
      pool.transaction(async () => {
        await insert('by Kysely');
        await prisma.chatbot.createMany({ data: [{ orgId: acme.id, id: uuidv7(), name: 'by Prisma' }] });
        return [await names(), await namesByPrisma()];
      }),
    );
    const all = [acme.id, 'by Kysely', 'by Prisma'];
    expect(seen.map((list) => list.sort())).toEqual([[...all].sort(), [...all].sort()]);
    expect((await kept(acme.id)).sort()).toEqual([...all].sort());
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  it('drops everything that a transaction wrote where its work throws', async () => {
    open(1);
    const failed = as(acme.id, () =>
      pool.transaction(async () => {
        await insert('half');
        throw new Error('changed my mind');
      }),
    );
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await kept(acme.id)).toEqual([acme.id]);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
    expect(await as(rival.id, names)).toEqual([rival.id]);
  });

  it('drops everything where a statement fails, even if the work goes on as if nothing had happened', async () => {
    open(1);
    const failed = as(acme.id, () =>
      pool.transaction(async () => {
        await insert('half');
        await sql`SELECT 1 / 0`.execute(db).catch(() => undefined);
      }),
    );
    await expect(failed).rejects.toThrow('The transaction had failed and was rolled back');
    expect(await kept(acme.id)).toEqual([acme.id]);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  it.each([
    ['fails while it runs', 'SELECT 1 / (SELECT 0 FROM chatbots)', '22012'],
    ['cannot be parsed', 'SELEKT 1', '42601'],
    ['names no table', 'SELECT * FROM nowhere', '42P01'],
    ['may not be done', 'TRUNCATE chatbots', '42501'],
    ['violates a policy', `INSERT INTO chatbots (org_id, id, name) VALUES ('x', gen_random_uuid(), 'x')`, '42501'],
  ])('is clean after a statement that %s', async (_what, text, code) => {
    open(1);
    for (const inside of [false, true]) {
      const run = () => pool.run({ text });
      await expect(as(acme.id, () => (inside ? pool.transaction(run) : run()))).rejects.toMatchObject({ code });
      expect(await pool.nextUserFinds()).toEqual(NOTHING);
      expect(await as(rival.id, names)).toEqual([rival.id]);
    }
  });

  it('prepares a statement anew that could not be prepared the first time', async () => {
    open(1);
    const table = namedStatements ? 'late' : 'later';
    const ask = () => as(acme.id, () => pool.run({ text: `SELECT 1 AS there FROM ${table}` }));
    await expect(ask()).rejects.toMatchObject({ code: '42P01' });
    await world.database.rows(`CREATE TABLE ${table} AS SELECT 1 AS x`);
    await world.database.rows(`GRANT SELECT ON ${table} TO polydesk_app`);
    expect((await ask()).rows).toEqual([{ there: 1 }]);
    expect((await ask()).rows).toEqual([{ there: 1 }]);
    await world.database.rows(`DROP TABLE ${table}`);
  });

  it('is clean after a value that cannot be sent', async () => {
    open(1);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await expect(as(acme.id, () => pool.run({ text: 'SELECT $1::jsonb', values: [circle] }))).rejects.toThrow(
      /circular/,
    );
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
    expect(await as(rival.id, names)).toEqual([rival.id]);
  });

  it('is clean after an organization that cannot be sent', async () => {
    open(1);
    const odd: string = JSON.parse('["no text"]');
    await expect(as(odd, names)).rejects.toThrow(/sent only in part/);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
    expect(await as(rival.id, names)).toEqual([rival.id]);
  });

  it.each([
    ['a statement', false],
    ['a transaction', true],
  ])('survives a connection that is killed in the middle of %s', async (_what, inside) => {
    open(1);
    const sleep = () => pool.run({ text: `SELECT pg_sleep(20), 'killed in ${String(inside)}'` });
    const work = async () => {
      if (inside) await insert('half');
      await sleep();
    };
    const cut = as(acme.id, () => (inside ? pool.transaction(work) : work()));
    const outcome = expect(cut).rejects.toThrow(DatabaseUnavailableError);
    await killWhoeverSleeps();
    await outcome;
    expect(await as(rival.id, names)).toEqual([rival.id]);
    expect(await kept(acme.id)).toEqual([acme.id]);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  async function killWhoeverSleeps(): Promise<void> {
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    while ((await world.database.rows(kill)).length === 0) await new Promise(setImmediate);
  }

  it('keeps two organizations apart on two connections, whatever goes wrong between them', async () => {
    open(2);
    const foreign: string[] = [];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 240 }, (_unused, round) => {
        const { id } = round % 2 === 0 ? acme : rival;
        return as(id, async () => {
          const seen = await somehow(round);
          foreign.push(...seen.filter((name) => !name.startsWith(id)));
          expect(seen).toContain(id);
        });
      }),
    );
    expect(foreign).toEqual([]);
    const failed = outcomes.filter(({ status }) => status === 'rejected').length;
    expect(failed).toBe(outcomes.length / 3); // Every way that fails, and none of the others.
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
    for (const { id } of [acme, rival]) expect((await kept(id)).filter((name) => !name.startsWith(id))).toEqual([]);
  });

  /** Six ways to read, of which two fail. Pairs of rounds take the same way, so that both organizations take each. */
  async function somehow(round: number): Promise<string[]> {
    const mark = `${OrgContext.orgId} ${round}`;
    switch (Math.floor(round / 2) % 6) {
      case 0:
        return names();
      case 1:
        return namesByPrisma();
      case 2:
        return pool.transaction(async () => [...(await names()), ...(await namesByPrisma())]);
      case 3:
        return pool.transaction(() => insert(mark).then(names));
      case 4:
        await pool.run({ text: 'SELECT 1 / 0' });
        return [];
      default:
        return pool.transaction(async () => {
          await insert(mark);
          throw new Error('and back');
        });
    }
  }

  it('joins a nested transaction to the one around it', async () => {
    open(1);
    const failed = as(acme.id, () =>
      pool.transaction(async () => {
        await pool.transaction(() => insert('inner'));
        await insert('outer');
        throw new Error('all of it');
      }),
    );
    await expect(failed).rejects.toThrow('all of it');
    expect(await kept(acme.id)).toEqual([acme.id]);

    await as(acme.id, () =>
      pool.transaction(async () => {
        const refused = pool.transaction(() => Promise.reject(new Error('before it wrote anything')));
        await refused.catch(() => undefined);
        await insert('outer');
      }),
    );
    expect((await kept(acme.id)).sort()).toEqual([acme.id, 'outer'].sort());
  });

  it('runs concurrent statements of one transaction one after the other, on its connection', async () => {
    open(2);
    await as(acme.id, () => pool.transaction(() => Promise.all(['a', 'b', 'c'].map(insert))));
    expect((await kept(acme.id)).length).toBe(4);
    const failed = as(acme.id, () =>
      pool.transaction(() => Promise.all([insert('d'), pool.run({ text: 'SELECT 1 / 0' }), insert('e')])),
    );
    await expect(failed).rejects.toMatchObject({ code: '22012' });
    expect((await kept(acme.id)).length).toBe(4);
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  it('takes no connection for a transaction that asks nothing', async () => {
    open(1);
    expect(await as(acme.id, () => pool.transaction(() => Promise.resolve('done')))).toBe('done');
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  it('refuses a statement for another organization inside a transaction', async () => {
    open(1);
    const crossing = as(acme.id, () => pool.transaction(() => as(rival.id, names)));
    await expect(crossing).rejects.toThrow('A transaction belongs to one organization: this query is for another');
    expect(await pool.nextUserFinds()).toEqual(NOTHING);
  });

  it('refuses a statement that comes after its transaction has ended', async () => {
    open(1);
    let late = names;
    await as(acme.id, () =>
      pool.transaction(async () => {
        await names();
        late = AsyncResource.bind(names); // As a listener would that nobody awaits.
      }),
    );
    await expect(late()).rejects.toThrow('This transaction has ended: await every query inside it');
  });

  it('refuses to work without an organization', async () => {
    open(1);
    await expect(names()).rejects.toThrow(OrganizationContextMissingError);
    await expect(namesByPrisma()).rejects.toThrow(/No organization is bound here/);
    await expect(pool.transaction(() => Promise.resolve())).rejects.toThrow(OrganizationContextMissingError);
    expect(pool.totalCount).toBe(0);
  });

  it('refuses what Prisma would do on a connection of its own', async () => {
    open(1);
    const [conversationId, customerId] = [uuidv7(), uuidv7()];
    const nested = as(acme.id, () =>
      prisma.customer
        .create({
          data: {
            ...{ orgId: acme.id, id: customerId, platform: 'facebook', externalId: '1' },
            conversations: { create: { id: conversationId, platform: 'facebook', oaId: '1' } },
          },
        })
        .then(),
    );
    await expect(nested).rejects.toThrow(REFUSED_CONNECT);
    // eslint-disable-next-line no-restricted-syntax -- the very thing that must be refused
    const interactive = as(acme.id, () => prisma.$transaction((tx) => tx.chatbot.findMany({})));
    await expect(interactive).rejects.toThrow(REFUSED_CONNECT);
    // eslint-disable-next-line no-restricted-syntax -- the very thing that must be refused
    const batch = as(acme.id, () => prisma.$transaction([prisma.chatbot.findMany({}), prisma.chatbot.count()]));
    await expect(batch).rejects.toThrow(REFUSED_CONNECT);
    expect(await world.database.rows('SELECT FROM customers WHERE org_id = $1', [acme.id])).toEqual([]);
  });

  it("refuses Kysely's own transactions", async () => {
    open(1);
    const own = as(acme.id, () => db.transaction().execute((trx) => trx.selectFrom('chatbots').selectAll().execute()));
    await expect(own).rejects.toThrow('Use Database.transaction(): Kysely joins it by itself');
  });
});

describe('The two databases together', () => {
  const roleOf = async (run: { run(config: pg.QueryConfig): Promise<pg.QueryResult<{ role: string }>> }) =>
    (await run.run({ text: 'SELECT current_user AS role' })).rows[0]?.role;
  const servingRole = async () =>
    (await sql<{ role: string }>`SELECT current_user AS role`.execute(world.app.get(Database).sql)).rows[0]?.role;

  it('never run what only the system role may inside a transaction of the serving role', async () => {
    const { pool } = world.app.get(SystemDatabase);
    const roles = await as(acme.id, () =>
      world.app.get(Database).transaction(async () => [await servingRole(), await roleOf(pool), await servingRole()]),
    );
    expect(roles).toEqual(['polydesk_app', 'polydesk_system', 'polydesk_app']);
  });

  it('commit together in a transaction of the system role', async () => {
    const system = world.app.get(SystemDatabase);
    const database = world.app.get(Database);
    const id = uuidv7();
    const failed = as(acme.id, () =>
      system.transaction(async () => {
        expect(await servingRole()).toBe('polydesk_system');
        await database.sql.insertInto('chatbots').values({ orgId: acme.id, id, name: 'half' }).execute();
        const seen = await system.sql
          .selectFrom('chatbots')
          .select('name')
          .where('orgId', '=', acme.id)
          .where('id', '=', id)
          .execute();
        expect(seen).toEqual([{ name: 'half' }]);
        throw new Error('and back');
      }),
    );
    await expect(failed).rejects.toThrow('and back');
    expect(await world.database.rows('SELECT FROM chatbots WHERE id = $1', [id])).toEqual([]);
  });
});

describe('The roles that serve requests', () => {
  it.each(['polydesk_app', 'polydesk_system'])(
    '%s gives up work, and lets go of locks, before a client does',
    async (role) => {
      const [found] = await world.database.rows<{ settings: string[] }>(
        'SELECT rolconfig AS settings FROM pg_roles WHERE rolname = $1',
        [role],
      );
      expect(found?.settings).toEqual(
        expect.arrayContaining(['statement_timeout=8s', 'idle_in_transaction_session_timeout=15s']),
      );
    },
  );
});

describe('Requests of two organizations at the same time', () => {
  it('each see their own, over HTTP', async () => {
    const [mine, theirs] = [await acme.conversation('of acme'), await rival.conversation('of rival')];
    const rounds = Array.from({ length: 40 }, (_, round) => (round % 2 === 0 ? acme : rival));
    const answers = await Promise.all(rounds.map((organization) => organization.get('/conversations').expect(200)));
    answers.forEach(({ body }, round) => {
      const expected = round % 2 === 0 ? mine : theirs;
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual([expected.id]);
    });
  });
});

describe('With REQUIRE_ORGANIZATION_CONTEXT=false', () => {
  it('work that names no organization is the default one, and only that', async () => {
    const lenient = await World.start({ REQUIRE_ORGANIZATION_CONTEXT: 'false' });
    try {
      const { id: stranger } = await lenient.organization();
      const { sql: db } = lenient.app.get(Database);
      const owners = () =>
        lenient.statements.ignoring(() => db.selectFrom('users').select('orgId').distinct().execute());
      expect(await owners()).toEqual([{ orgId: DEFAULT_ORGANIZATION_ID }]);
      expect(await as(stranger, owners)).toEqual([{ orgId: stranger }]);
    } finally {
      OrgContext.fallBackTo(null);
      await lenient.stop();
    }
  });
});
