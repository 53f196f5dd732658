import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaPg } from '@prisma/adapter-pg';
import { uuidv7 } from 'uuidv7';
import { ConversationsService } from '../src/modules/conversations/conversations.service.js';
import { CustomersService } from '../src/modules/customers/customers.service.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { Database } from '../src/platform/database/database.js';
import { PrismaClient } from '../src/platform/database/generated/prisma/client.js';
import { kyselyOver } from '../src/platform/database/kysely-driver.js';
import { OrganizationPool } from '../src/platform/database/organization-pool.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const CONNECTIONS = 5;
const REQUESTS = 20_000;
const AT_ONCE = 250;
const HURRY = `SELECT set_config('statement_timeout', '1', true)`;

const as = <T>(orgId: string, work: () => T): T => OrgContext.runAsSystem(orgId, 'test', work);

let world: World;
let acme: TestOrganization;
let rival: TestOrganization;
/** One id in both organizations: whoever mixes them up gets the other's row without having asked for anything else. */
const shared = uuidv7();
beforeAll(async () => {
  world = await World.start();
  [acme, rival] = [await world.organization(), await world.organization()];
  for (const { id } of [acme, rival])
    await world.database.rows('INSERT INTO chatbots (org_id, id, name) VALUES ($1, $2, $1)', [id, shared]);
});
afterAll(() => world.stop());

describe('Two organizations on five connections', () => {
  let pool: OrganizationPool;
  let db: ReturnType<typeof kyselyOver>;
  let prisma: PrismaClient;
  beforeAll(() => {
    pool = new OrganizationPool(new DatabaseConnections(world.config).options('polydesk_app', CONNECTIONS));
    pool.on('error', () => undefined); // Connections that the test kills.
    db = kyselyOver(pool);
    prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  });
  afterAll(() => pool.end());

  // None of them says which organization: what is seen is what the connection is bound to.
  const byKysely = async () => (await db.selectFrom('chatbots').select('orgId').execute()).map(({ orgId }) => orgId);
  const byPrisma = async () => (await prisma.chatbot.findMany({})).map(({ orgId }) => orgId);
  const byId = async () => (await prisma.chatbot.findMany({ where: { id: shared } })).map(({ orgId }) => orgId);
  const write = () =>
    db.insertInto('chatbots').values({ orgId: OrgContext.orgId, id: uuidv7(), name: 'passing' }).execute();
  const fail = (text: string) => async () => [...(await pool.run({ text })).rows.map(String)];

  /** Ways to ask, of which five fail, each in its own manner. */
  const ways: [isToFail: boolean, ask: () => Promise<string[]>][] = [
    [false, byKysely],
    [false, byPrisma],
    [false, byId],
    [false, () => pool.transaction(async () => [...(await byKysely()), ...(await byPrisma())])],
    [false, () => pool.transaction(async () => [...(await byId()), ...(await byKysely())])],
    [true, fail('SELECT 1 / 0')],
    [true, fail('SELEKT')],
    [
      true,
      () =>
        pool.transaction(() =>
          write().then(fail(`INSERT INTO chatbots (org_id, id, name) VALUES ('x', gen_random_uuid(), 'x')`)),
        ),
    ],
    [
      true,
      () =>
        pool.transaction(async () => {
          await write();
          throw new Error('and back');
        }),
    ],
    [true, () => pool.transaction(() => write().then(fail(HURRY)).then(fail('SELECT pg_sleep(1)')))],
  ];

  it(`sees no foreign row in ${REQUESTS} requests of which half fail, while connections are killed under them`, async () => {
    const seen = { foreign: 0, own: 0, failed: 0, killed: 0 };
    let next = 0;
    const worker = async () => {
      for (let round = next++; round < REQUESTS; round = next++) await request(round);
    };
    async function request(round: number): Promise<void> {
      const { id } = round % 2 === 0 ? acme : rival;
      const [isToFail, ask] = ways[Math.floor(round / 2) % ways.length]!;
      if (round % 1_000 === 999) seen.killed += await killOne();
      const owners = await as(id, ask).catch(() => null);
      if (owners === null) seen.failed += 1;
      else if (isToFail || owners.length === 0) throw new Error(`Round ${round} was not to answer ${owners?.join()}`);
      else for (const owner of owners) seen[owner === id ? 'own' : 'foreign'] += 1;
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(seen.foreign).toBe(0);
    expect(seen.killed).toBeGreaterThan(0);
    expect(seen.failed).toBeGreaterThanOrEqual(REQUESTS / 2);
    expect(seen.failed).toBeLessThan(REQUESTS / 2 + 20 * CONNECTIONS);
    expect(await world.database.rows(`SELECT id FROM chatbots WHERE name <> org_id`)).toEqual([]);
  }, 240_000);

  async function killOne(): Promise<number> {
    const victim = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND usename = 'polydesk_app' ORDER BY random() LIMIT 1`;
    return (await world.database.rows(victim)).length;
  }
});

describe('Look-ups of two organizations in one tick', () => {
  it('answer each with its own row, where both ask for the same id', async () => {
    const { prisma, sql } = world.app.get(Database);
    const turns = Array.from({ length: 200 }, (_, turn) => (turn % 2 === 0 ? acme.id : rival.id));
    const find = (orgId: string) => prisma.chatbot.findFirst({ where: { orgId, id: shared } }).then((row) => row?.name);
    const select = (orgId: string) =>
      sql.selectFrom('chatbots').where('orgId', '=', orgId).where('id', '=', shared).select('name').executeTakeFirst();
    // Both are asked before either can be sent.
    const byPrisma = Promise.all(turns.map((orgId) => as(orgId, () => find(orgId))));
    const byKysely = Promise.all(turns.map((orgId) => as(orgId, () => select(orgId))));
    expect(await byPrisma).toEqual(turns);
    expect((await byKysely).map((row) => row?.name)).toEqual(turns);
  });

  it('answer each with its own lists, through the services', async () => {
    for (const organization of [acme, rival]) await organization.conversation(organization.id);
    const turns = Array.from({ length: 100 }, (_, turn) => (turn % 2 === 0 ? acme.id : rival.id));
    const [conversations, customers] = [world.app.get(ConversationsService), world.app.get(CustomersService)];
    const pages = await Promise.all([
      ...turns.map((orgId) => as(orgId, () => conversations.list({ limit: 100 }))),
      ...turns.map((orgId) => as(orgId, () => customers.list({ limit: 100 }))),
    ]);
    const owners = await ownersOf(pages.flatMap(({ items }) => items.map(({ id }) => id)));
    const wrong = pages.filter(({ items }, at) => items.length !== 1 || owners.get(items[0]!.id) !== turns[at % 100]);
    expect(wrong).toEqual([]);
  });

  it('answer each with its own row over HTTP, where both ask for the same id', async () => {
    const turns = Array.from({ length: 40 }, (_, turn) => (turn % 2 === 0 ? acme : rival));
    const answers = await Promise.all(turns.map((organization) => organization.get(`/chatbots/${shared}`).expect(200)));
    expect(answers.map(({ body }) => body.data.name)).toEqual(turns.map(({ id }) => id));
  });

  async function ownersOf(ids: string[]): Promise<Map<string, string>> {
    const rows = await world.database.rows<{ id: string; org_id: string }>(
      `SELECT id::text, org_id FROM conversations WHERE id = ANY ($1)
       UNION ALL SELECT id::text, org_id FROM customers WHERE id = ANY ($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, org_id }) => [id, org_id]));
  }
});
