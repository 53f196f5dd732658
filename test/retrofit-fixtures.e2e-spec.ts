import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readCatalogue } from '../src/retrofit/catalogue/read-catalogue.js';
import { Session } from '../src/retrofit/database/session.js';
import { checkPlan } from '../src/retrofit/plan/plan-check.js';
import { parsePlan } from '../src/retrofit/plan/plan-file.js';
import {
  CONFLICTS as INBOX_CONFLICTS,
  inbox,
  inboxPlan,
  OWNED_BY_CONVERSATION,
} from './support/retrofit-fixtures/inbox.js';
import { INBOX_SIZE, UNOWNED as INBOX_UNOWNED } from './support/retrofit-fixtures/inbox.js';
import { inboxChecks } from './support/retrofit-fixtures/inbox-checks.js';
import { inboxTraffic } from './support/retrofit-fixtures/inbox-traffic.js';
import {
  odd,
  oddPlan,
  ROW_COUNTS,
  UNOWNED as ODD_UNOWNED,
  UNSILENCEABLE,
  UNWRITABLE,
} from './support/retrofit-fixtures/odd.js';
import { DRIFTS, rowsIn, TENANT_TABLES, tenants, TENANTS_PLAN } from './support/retrofit-fixtures/tenants.js';
import { CONFLICTS, UNOWNED } from './support/retrofit-fixtures/whatsapp-crm-dirt.js';
import { DERIVED, EXISTING, LEFT_TO_A_PERSON, SHARED } from './support/retrofit-fixtures/whatsapp-crm.js';
import { whatsappCrm, whatsappCrmPlan } from './support/retrofit-fixtures/whatsapp-crm.js';
import { crmTraffic } from './support/retrofit-fixtures/whatsapp-crm-traffic.js';
import { checksumsOf } from './support/retrofit-checksums.js';
import type { Action } from './support/retrofit-live.js';
import { LiveApplication } from './support/retrofit-live.js';
import { RetrofitDatabase } from './support/retrofit.js';

let database: RetrofitDatabase;
beforeEach(async () => {
  database = await RetrofitDatabase.make();
});
afterEach(() => database.stop());

/** Rows by the answers that their table's ways give; null where a way leads nowhere. */
interface Answers {
  none: number;
  torn: number;
}

async function answersOf(
  ways: Record<string, string[]>,
  having: (answers: Answers) => boolean,
): Promise<Record<string, Answers>> {
  const found: Record<string, Answers> = {};
  for (const [table, answers] of Object.entries(ways)) {
    const [counts] = await database.rows<Answers>(
      `SELECT count(*) FILTER (WHERE low IS NULL)::int AS none, count(*) FILTER (WHERE low <> high)::int AS torn
       FROM (SELECT least(${answers.join()}) AS low, greatest(${answers.join()}) AS high FROM ${table} t) AS rows`,
    );
    if (counts && having(counts)) found[table] = counts;
  }
  return found;
}

const none = (answers: Record<string, Answers>) =>
  Object.fromEntries(
    Object.entries(answers)
      .filter(([, each]) => each.none > 0)
      .map(([table, each]) => [table, each.none]),
  );
const torn = (answers: Record<string, Answers>) =>
  Object.fromEntries(
    Object.entries(answers)
      .filter(([, each]) => each.torn > 0)
      .map(([table, each]) => [table, each.torn]),
  );
const rowsOf = (conflicts: Record<string, { rows: number }>) =>
  Object.fromEntries(Object.entries(conflicts).map(([table, { rows }]) => [table, rows]));

async function livesOn(actions: Action[]): Promise<void> {
  const application = await LiveApplication.start(database.url, { actions, perSecond: 400 });
  await application.writes(600);
  const { errors, written } = await application.stop();
  expect(errors).toEqual([]);
  expect(Object.keys(written).toSorted()).toEqual(actions.map(({ name }) => name).toSorted());
}

describe('The WhatsApp CRM', () => {
  const ofCustomer = '(SELECT organization_id::text FROM customers WHERE id = t.customer_id)';
  const ofWaId = '(SELECT organization_id::text FROM customers WHERE wa_id = t.wa_id)';
  const ofUser = (column: string) => `(SELECT organization_id::text FROM users WHERE id = t.${column})`;
  const ofOrder =
    '(SELECT c.organization_id::text FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = t.order_id)';
  const ofCampaign =
    '(SELECT u.organization_id::text FROM campaigns c JOIN users u ON u.id = c.created_by WHERE c.id = t.campaign_id)';
  const ofJob = `(SELECT u.organization_id::text FROM jobs j JOIN campaigns c ON c.id = j.campaign_id JOIN users u ON u.id = c.created_by WHERE j.id = t.job_id)`;
  const WAYS = {
    users: ['organization_id::text'],
    customers: ['organization_id::text'],
    messages: [ofCustomer],
    campaigns: [ofUser('created_by'), ofUser('approved_by')],
    jobs: [ofCampaign],
    job_status: [ofCustomer, ofJob],
    orders: [ofCustomer],
    order_items: [ofOrder],
    payments: [ofOrder],
    payment_transactions: [ofOrder],
    referrer_tracking: [ofCustomer],
    customer_addresses: [ofCustomer],
    address_collection_sessions: [ofCustomer],
    campaign_recipients: [ofCampaign, ofCustomer],
    quick_replies: [ofUser('created_by')],
    leads: [ofCustomer],
    flow_logs: [ofWaId],
    campaign_logs: [ofCampaign],
    whatsapp_api_logs: [ofCampaign, ofJob],
    zoho_payload_logs: [ofWaId],
    number_flow_configs: [
      '(SELECT organization_id::text FROM whatsapp_numbers WHERE phone_number_id = t.phone_number_id)',
    ],
  };

  it('has every table that the migration summary names, and of the shared ones and derivations as many', async () => {
    await database.load(whatsappCrm());
    const tables = Object.keys(await checksumsOf(database)).map((name) => name.replace('public.', ''));
    expect(tables.toSorted()).toEqual([...EXISTING, ...DERIVED, ...SHARED, 'organizations'].toSorted());
    expect(DERIVED).toHaveLength(21);
    expect(Object.keys(WAYS).concat(LEFT_TO_A_PERSON).toSorted()).toEqual(
      [...DERIVED, 'users', 'customers'].toSorted(),
    );
    expect(Object.keys(parse(whatsappCrmPlan()).tables)).toHaveLength(21 + 3 + SHARED.length);
  });

  it('has as many rows without an owner, and with two, as it says', async () => {
    await database.load(whatsappCrm());
    const answers = await answersOf(WAYS, () => true);
    expect(none(answers)).toEqual(UNOWNED);
    expect(torn(answers)).toEqual(rowsOf(CONFLICTS));
  });

  it('has neither where it is clean, whatever its size, and rows in every table', async () => {
    await database.load(whatsappCrm({ dirty: false, organizations: 2, customers: 40, messagesEach: 2 }));
    expect(await answersOf(WAYS, (answers) => answers.none > 0 || answers.torn > 0)).toEqual({});
    const sums = await checksumsOf(database);
    const empty = Object.keys(sums).filter((name) => sums[name]?.rows === 0);
    expect(empty).toEqual(['audit.changes']);
    expect(sums['public.messages']?.rows).toBe(80);
  });

  it('has an application that writes all day, and nothing fails', async () => {
    await database.load(whatsappCrm());
    await livesOn(crmTraffic());
    expect(none(await answersOf(WAYS, () => true))).toEqual(UNOWNED);
    expect(torn(await answersOf(WAYS, () => true))).toEqual(rowsOf(CONFLICTS));
  });
});

describe('The inbox', () => {
  /** Users, with the admin that their parents lead to. */
  const OWNERS = `
    CREATE TABLE owners AS WITH RECURSIVE up AS (
      SELECT "accountId" AS account, "accountId"::text AS owner FROM users WHERE role = 'admin'
      UNION ALL SELECT u."accountId", up.owner FROM users u JOIN up ON up.account = u.parent_account_id WHERE u.role = 'staff'
    ) SELECT account, owner FROM up`;
  const ofAccount = '(SELECT owner FROM owners WHERE account = t."accountId")';
  const WAYS = {
    users: [ofAccount],
    conversations: [ofAccount],
    messages: [
      ofAccount,
      '(SELECT owner FROM owners JOIN conversations c ON c."accountId" = account WHERE c.id = t.conversation_id)',
    ],
    integrations: [ofAccount],
    chatbots: [ofAccount],
  };

  it('has as many rows without an owner, and with two, as it says', async () => {
    await database.load(inbox());
    await database.rows(OWNERS);
    const answers = await answersOf(WAYS, () => true);
    expect(none(answers)).toEqual(INBOX_UNOWNED);
    expect(torn(answers)).toEqual(rowsOf(INBOX_CONFLICTS));
    expect(
      await database.count(
        `SELECT count(*) FROM messages t WHERE ${WAYS.messages[0]} IS NULL AND ${WAYS.messages[1]} IS NOT NULL`,
      ),
    ).toBe(OWNED_BY_CONVERSATION);
    expect(Object.keys(parse(inboxPlan()).tables)).toEqual(Object.keys(WAYS));
  });

  it.each([true, false])(
    "gives the guide's queries what they expect once it is migrated by hand (dirty: %s)",
    async (dirty) => {
      await database.load(inbox({ dirty }));
      await database.rows(OWNERS);
      await database.load(`
      CREATE TABLE organizations AS SELECT DISTINCT owner AS id FROM owners;
      ${Object.entries(WAYS)
        .map(
          ([table, ways]) => `ALTER TABLE ${table} ADD COLUMN "organizationId" text;
            UPDATE ${table} t SET "organizationId" = least(${ways.join()}) WHERE least(${ways.join()}) = greatest(${ways.join()});`,
        )
        .join('\n')}`);
      for (const { name, sql, expected } of inboxChecks({ dirty }))
        expect({ name, count: await database.count(sql) }).toEqual({ name, count: expected });
    },
  );

  it('has an application that writes all day, and nothing fails', async () => {
    await database.load(inbox());
    await livesOn(inboxTraffic(INBOX_SIZE));
    await database.rows(OWNERS);
    expect(none(await answersOf(WAYS, () => true))).toEqual(INBOX_UNOWNED);
    expect(torn(await answersOf(WAYS, () => true))).toEqual(rowsOf(INBOX_CONFLICTS));
  });
});

describe('The schemas of tenants', () => {
  it('hold the rows and the drift that they say', async () => {
    await database.load(tenants());
    const sums = await checksumsOf(database);
    for (const [table, count] of Object.entries(rowsIn(4))) {
      const each = Object.entries(sums).filter(([name]) => name.startsWith('tenant_') && name.endsWith(`.${table}`));
      expect({ table, each: each.length, rows: each.reduce((sum, [, { rows }]) => sum + rows, 0) }).toEqual({
        table,
        each: 4,
        rows: count,
      });
    }
    expect(Object.keys(rowsIn(4)).toSorted()).toEqual(TENANT_TABLES);
    const drift = await database.rows(`
      SELECT c.table_schema AS schema, c.table_name AS table, c.column_name AS column
      FROM information_schema.columns c
      LEFT JOIN information_schema.columns f
        ON f.table_schema = 'tenant_1' AND (f.table_name, f.column_name) = (c.table_name, c.column_name)
      WHERE c.table_schema LIKE 'tenant_%' AND f.data_type IS DISTINCT FROM c.data_type ORDER BY 1`);
    expect(drift).toEqual(
      DRIFTS.filter(({ is }) => is !== 'missing').map(({ schema, table, column }) => ({ schema, table, column })),
    );
    expect(await database.count(`SELECT count(*) FROM information_schema.columns WHERE column_name = 'phone'`)).toBe(3);
    expect(parse(TENANTS_PLAN).source).toEqual({ schemas: 'tenant_*' });
  });

  it('are alike where they are told to be, and may be many', async () => {
    await database.load(tenants({ tenants: 7, drift: false }));
    expect(
      await database.count(
        `SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM information_schema.columns WHERE table_schema LIKE 'tenant_%' GROUP BY table_schema) c`,
      ),
    ).toBe(1);
  });
});

describe('The odd schema', () => {
  const WAYS = {
    imports: [`(SELECT a.id::text FROM accounts a WHERE a.id::text = t.account)`],
    folders: [
      `(WITH RECURSIVE up AS (SELECT t.id, t.parent, t.account_id UNION SELECT f.id, f.parent, f.account_id FROM folders f JOIN up ON f.id = up.parent)
                SELECT min(account_id)::text FROM up)`,
    ],
    invoices: ['(SELECT a.id::text FROM accounts a WHERE a.id = t.account_id)'],
    log: ['account_id::text'],
    payments: ['account_id::text'],
    visits: ['account_id::text'],
    '"Sales Dept"."Order"': ['"accountId"::text'],
  };

  it('has the rows that it says, without an owner too', async () => {
    const { name } = await database.role('stranger');
    await database.load(odd({ stranger: name }));
    expect(none(await answersOf(WAYS, () => true))).toEqual(ODD_UNOWNED);
    for (const [table, count] of Object.entries(ROW_COUNTS))
      expect({ table, count: await database.count(`SELECT count(*) FROM ${table}`) }).toEqual({ table, count });
    expect(await database.count('SELECT count(*) FROM ONLY payments')).toBe(0);
  });

  it('has a plan for each of its tables', async () => {
    await database.load(odd());
    const tables = await database.rows<{ name: string }>(
      `SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'Sales Dept') AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)`,
    );
    expect(Object.keys(parse(oddPlan()).tables).toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
  });

  it('has triggers that fire, in sessions that replicate too, and rows that cannot be changed', async () => {
    await database.load(odd() + UNSILENCEABLE + UNWRITABLE);
    await database.load(
      `SET session_replication_role = replica; UPDATE imports SET code = code WHERE id < 3; UPDATE comments SET author_id = author_id; UPDATE notes SET text = text`,
    );
    expect(await database.rows('SELECT * FROM trigger_log ORDER BY name')).toEqual([
      { name: 'always', times: 2 },
      { name: 'ordinary', times: 0 },
      { name: 'replica', times: 2 },
    ]);
    await expect(database.rows('UPDATE notes SET text = text')).rejects.toThrow('notes are final');
    await expect(database.rows('UPDATE invoices SET shop_id = shop_id WHERE id = 201')).rejects.toThrow('positive');
  });
});

describe('Every plan file', () => {
  it.each([
    ['of the CRM', whatsappCrm(), whatsappCrmPlan()],
    ['of the clean CRM', whatsappCrm({ dirty: false }), whatsappCrmPlan({ dirty: false })],
    ['of the inbox', inbox(), inboxPlan()],
    ['of the clean inbox', inbox({ dirty: false }), inboxPlan({ dirty: false })],
    ['of the odd schema', odd(), oddPlan()],
    ['of the odd schema without its vault', odd({ dirty: false }), oddPlan({ dirty: false, vault: false })],
    ['of the tenants', tenants(), TENANTS_PLAN],
  ])('%s fits its database', async (_, script, plan) => {
    await database.load(script);
    const session = await Session.open(database.url);
    try {
      expect(checkPlan(parsePlan(plan), await readCatalogue(session))).toEqual([]);
    } finally {
      await session.close();
    }
  });
});
