import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { Channels } from '../src/modules/delivery/channels.js';
import { OutboxRepository } from '../src/modules/delivery/outbox.repository.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const CUSTOMER = '7301554468';
/** One of the seeded organizations. Plans are asked for as it sees them: to one with hardly a row every index is as good. */
const LARGE = 'org_1';
/** One with hardly a row. */
const SMALL = 'many_1';

interface Statement {
  text: string;
  name?: string;
  values?: unknown[];
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: Plan[];
}

/** Enough rows that a plan which reads a table from end to end is never the cheaper one. */
const SEED = `
  INSERT INTO organizations (id, name) SELECT 'org_' || o, 'seed-' || o FROM generate_series(1, 20) o;
  INSERT INTO organizations (id, name) SELECT 'many_' || o, 'many-' || o FROM generate_series(1, 500) o;
  INSERT INTO integrations (org_id, id, platform, oa_id)
    SELECT org, gen_random_uuid(), 'facebook', 'page-' || org FROM (SELECT id AS org FROM organizations) organizations;
  INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
    SELECT platform, oa_id, org_id, id FROM integrations ON CONFLICT DO NOTHING;
  INSERT INTO chatbots (org_id, id, name)
    SELECT org, gen_random_uuid(), 'bot-' || n FROM (SELECT id AS org FROM organizations) organizations, generate_series(1, 20) n;
  INSERT INTO customers (org_id, id, platform, external_id)
    SELECT 'org_' || o, gen_random_uuid(), 'facebook', 'customer-' || n
    FROM generate_series(1, 20) o, generate_series(1, 400) n;
  INSERT INTO customer_names (org_id, id, platform, external_id, customer_id)
    SELECT org_id, gen_random_uuid(), platform, 'also-' || external_id, id FROM customers;
  INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, last_activity_at)
    SELECT org_id, gen_random_uuid(), platform, 'page-' || org_id, id, now() - random() * interval '90 days' FROM customers
    WHERE org_id LIKE 'org\\_%' AND external_id LIKE 'customer-%';
  INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, text, provider_message_id, created_at)
    SELECT org_id, gen_random_uuid(), id, platform, oa_id, 'in', 'x', 'hello', 'm_' || id || n, now() - n * interval '1 hour'
    FROM conversations, generate_series(1, 12) n WHERE oa_id LIKE 'page-org\\_%';
  INSERT INTO channel_events (org_id, id, integration_id, kind, dedupe_key, payload)
    SELECT i.org_id, gen_random_uuid(), i.id, 'optin', 'k' || n, '{}' FROM integrations i, generate_series(1, 20) n;
  ANALYZE;`;

describe('The hot paths', () => {
  let world: World;
  let app: pg.Pool;
  let system: pg.Pool;
  let acme: TestOrganization;
  let page: string;
  let conversation: string;

  beforeAll(async () => {
    world = await World.start({}, [], (direct) => direct); // Behind a pooler no statement has a name.
    const connections = new DatabaseConnections(world.config);
    app = new pg.Pool({ ...connections.options('polydesk_app', 1) });
    system = new pg.Pool({ ...connections.options('polydesk_system', 1) });
    acme = await world.organization();
    page = await acme.page();
    await world.database.owner.query(SEED);
    await world.facebook.text(page, CUSTOMER, 'hello');
    conversation = (await acme.get('/conversations').expect(200)).body.data[0].id;
  }, 120_000);
  afterEach(() => void jest.restoreAllMocks());
  afterAll(async () => {
    await Promise.all([app.end(), system.end()]);
    await world.stop();
  });

  /** What is sent to Postgres meanwhile, apart from signing in, and beginning and ending transactions. */
  const sentDuring = async (work: () => PromiseLike<unknown>): Promise<Statement[]> => {
    const query = jest.spyOn(pg.Client.prototype, 'query');
    await work();
    return query.mock.calls
      .map(([statement]) => statement as unknown)
      .filter((statement): statement is Statement => typeof statement === 'object' && statement !== null)
      .filter(({ text }) => /messages|conversations|customers|channel_/.test(text));
  };

  /** As the serving role has it planned, whatever the parameters. Directories are asked before there is an organization. */
  const planOf = async ({ text }: Statement, organization = LARGE): Promise<Plan[]> => {
    const isDirectory = /from "channel_routes"/.test(text);
    const client = await (isDirectory ? system : app).connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT app.set_org($1)', [organization]);
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
        `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`,
      );
      return rows.flatMap((row) => row['QUERY PLAN'].map(({ Plan: plan }) => plan));
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };
  const readsOf = async (statement: Statement): Promise<Plan[]> =>
    (await planOf(statement)).flatMap(nodesOf).filter(isRead);

  const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
  const isRead = (plan: Plan) => plan['Relation Name'] !== undefined && plan['Node Type'] !== 'ModifyTable';

  const byPage = (fields: object) => ({
    sender: { id: page },
    recipient: { id: CUSTOMER },
    timestamp: Date.now(),
    ...fields,
  });
  const byCustomer = (fields: object) => ({ ...fromCustomer(page, CUSTOMER, Date.now()), ...fields });
  const tell = (item: object) => world.facebook.post(pageBody(page, [item])).expect(200);

  /** What is done before and after the provider has it. */
  const sendOff = () =>
    OrgContext.runAsSystem(acme.id, 'test', async () => {
      const outbox = world.app.get(OutboxRepository);
      const head = await outbox.claimHead(conversation, world.app.get(Channels).pausesMs, new Date());
      const partId = `m_${head?.id}`;
      if (head) await outbox.recordSent(head, { partId, partIds: [partId] }, []);
    });

  const PATHS: [string, () => PromiseLike<unknown>][] = [
    ['the list of conversations', () => acme.get('/conversations?limit=50').expect(200)],
    ['the list of messages', () => acme.get(`/conversations/${conversation}/messages`).expect(200)],
    [
      'sending',
      () => acme.post(`/conversations/${conversation}/messages`, { text: 'x', clientMessageId: 'c1' }).expect(202),
    ],
    [
      'a message on its way out',
      () => acme.post(`/conversations/${conversation}/messages`, { text: 'x' }).expect(202).then(sendOff),
    ],
    ['a message', () => tell(byCustomer({ message: { mid: 'm1', text: 'x' } }))],
    ['a first message', () => tell({ ...fromCustomer(page, '99', Date.now()), message: { mid: 'm2', text: 'x' } })],
    ['an echo', () => tell(byPage({ message: { mid: 'm3', text: 'x', is_echo: true } }))],
    ['a receipt', () => tell(byCustomer({ read: { watermark: Date.now() } }))],
    ['an edit', () => tell(byCustomer({ message_edit: { mid: 'm1', text: 'y', num_edit: 1 } }))],
    ['an edit of what has not come', () => tell(byCustomer({ message_edit: { mid: 'm9', text: 'y', num_edit: 1 } }))],
    ['a message that was edited before it came', () => tell(byCustomer({ message: { mid: 'm9', text: 'x' } }))],
  ];

  it.each(PATHS)('of %s name their statements, so that Postgres plans them once', async (_name, work) => {
    const statements = await sentDuring(work);
    expect(statements.length).toBeGreaterThan(0);
    for (const { text, name } of statements) expect({ text, name }).toEqual({ text, name: expect.any(String) });
  });

  it.each(PATHS)('of %s read every table by its organization, through the index made for it', async (_name, work) => {
    for (const statement of await sentDuring(work))
      for (const read of await readsOf(statement)) {
        const { 'Node Type': how, 'Relation Name': table, 'Index Name': index, 'Index Cond': by } = read;
        expect({ table, how, index, by }).toEqual({
          table,
          how: expect.stringMatching(/^Index/),
          index,
          by: rightFor(read),
        });
      }
  });

  // A connection keeps the plan that it made for whichever organization came first.
  it.each(PATHS)('of %s are planned alike, whichever organization is bound', async (_name, work) => {
    for (const statement of await sentDuring(work))
      expect(await planOf(statement, SMALL)).toEqual(await planOf(statement, LARGE));
  });

  it('list conversations in the order of their index, without sorting', async () => {
    const [statement] = await sentDuring(() => acme.get('/conversations?limit=50').expect(200));
    const plan = JSON.stringify(statement && (await planOf(statement)));
    expect(plan).toContain('conversations_org_id_last_activity_at_id_idx');
    expect(plan).not.toContain('"Sort"');
  });
});

/** Its organization and something narrower; the organization alone where the index only gives the list its order. */
function rightFor({ 'Relation Name': table, 'Index Name': index }: Plan): unknown {
  if (table === 'channel_routes')
    return expect.stringMatching(/platform = .* AND \(external_id = |\(org_id = \$\d+\) AND \(integration_id = /);
  // Organizations have few pages: to look through them is as good.
  if (table === 'integrations') return expect.stringMatching(/\(org_id = \$\d+\)/);
  if (table === 'organizations') return expect.stringMatching(/\(id = \$\d+\)/);
  if (index === 'conversations_org_id_last_activity_at_id_idx') return expect.stringMatching(/\(org_id = \$\d+\)/);
  return expect.stringMatching(/\(org_id = \$\d+\) AND \(/);
}
