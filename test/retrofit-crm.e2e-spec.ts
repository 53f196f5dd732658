import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import type { TableSum } from './support/retrofit-checksums.js';
import { CONFLICTS, UNOWNED } from './support/retrofit-fixtures/whatsapp-crm-dirt.js';
import { crmTraffic } from './support/retrofit-fixtures/whatsapp-crm-traffic.js';
import {
  DERIVED,
  EXISTING,
  LEFT_TO_A_PERSON,
  SHARED,
  whatsappCrm,
  whatsappCrmPlan,
} from './support/retrofit-fixtures/whatsapp-crm.js';
import type { LiveReport } from './support/retrofit-live-report.js';
import { Walk } from './support/retrofit-walk.js';

let walk: Walk;

const count = (sql: string): Promise<number> => walk.database.count(sql);

/** Rows that are nobody's, by table: as planted, and the tables that are left to a person whole. */
async function planted(): Promise<Record<string, number>> {
  const expected: Record<string, number> = { ...UNOWNED };
  for (const [table, { rows }] of Object.entries(CONFLICTS)) expected[table] = (expected[table] ?? 0) + rows;
  for (const table of LEFT_TO_A_PERSON) expected[table] = await count(`SELECT count(*) FROM ${table}`);
  return expected;
}

async function unowned(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of [...EXISTING, ...DERIVED]) {
    const rows = await count(`SELECT count(*) FROM ${table} WHERE organization_id IS NULL`);
    if (rows > 0) found[table] = rows;
  }
  return found;
}

const mayBeNull = (tables: string[]): Promise<number> =>
  count(
    `SELECT count(*) FROM pg_attribute WHERE attname = 'organization_id' AND NOT attnotnull
     AND attrelid = ANY ('{${tables.join()}}'::regclass[])`,
  );

describe('The WhatsApp CRM', () => {
  let before: Record<string, TableSum>;

  beforeAll(async () => {
    walk = await Walk.begin(whatsappCrm(), whatsappCrmPlan());
    before = await checksumsOf(walk.database);
    await walk.through('contract');
  });
  afterAll(() => walk.stop());

  it('has 21 tables more that know their organization, and its shared tables do not', async () => {
    const tables = await walk.database.rows<{ name: string }>(
      `SELECT c.relname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE a.attname = 'organization_id' AND NOT a.attisdropped AND c.relkind = 'r' AND n.nspname IN ('public', 'audit')`,
    );
    const names = tables.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...EXISTING, ...DERIVED].toSorted());
    expect(names.filter((name) => SHARED.includes(name))).toEqual([]);
  });

  it('has as many rows without an organization as were planted, all of them in quarantine', async () => {
    expect(await unowned()).toEqual(await planted());
    expect(await walk.quarantined()).toEqual(await planted());
  });

  it('fired no trigger of the application, which would have changed, noted or refused rows', async () => {
    expect(await count('SELECT count(*) FROM audit.changes')).toBe(0);
    for (const table of ['users', 'customers', 'messages', 'campaigns', 'orders'])
      expect({ table, rows: await count(`SELECT count(*) FROM ${table} WHERE updated_at <> '2025-01-01'`) }).toEqual({
        table,
        rows: 0,
      });
    expect(amongThose(await checksumsOf(walk.database), before)).toEqual(before);
  });

  it('is certified', async () => {
    const certificate = await walk.certificate();
    expect(certificate.faults).toEqual([]);
    expect(certificate.tables).toHaveLength(EXISTING.length + DERIVED.length);
    for (const table of certificate.tables)
      expect(table).toMatchObject({ unowned: 0, crossOrganization: 0, otherColumns: 'same' });
  });
});

describe('The clean CRM', () => {
  beforeAll(async () => {
    walk = await Walk.begin(whatsappCrm({ dirty: false }), whatsappCrmPlan({ dirty: false }));
    await walk.through('contract');
  });
  afterAll(() => walk.stop());

  it('leaves four tables nullable, as written: templates, zoho_mappings and two of logs and configurations', async () => {
    const nullable = ['templates', 'zoho_mappings', 'whatsapp_api_logs', 'number_flow_configs'];
    expect(await mayBeNull(nullable)).toBe(nullable.length);
    expect(await mayBeNull([...EXISTING, ...DERIVED].filter((table) => !nullable.includes(table)))).toBe(0);
    expect(Object.keys(await unowned()).toSorted()).toEqual(LEFT_TO_A_PERSON.toSorted());
  });
});

describe('The CRM beside its application', () => {
  let report: LiveReport;

  beforeAll(async () => {
    walk = await Walk.begin(whatsappCrm(), whatsappCrmPlan());
    ({ report } = await walk.beside(crmTraffic()));
  });
  afterAll(() => walk.stop());

  it('goes through every phase but the last, ON CONFLICT of the old keys included, and nothing fails', () => {
    expect(report.errors).toEqual([]);
    expect(Object.keys(report.written).toSorted()).toEqual(
      crmTraffic()
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it('leaves nothing unowned but what was planted', async () => {
    expect(await unowned()).toEqual(await planted());
    expect(await walk.quarantined()).toEqual(await planted());
  });

  it.each([
    ['messages', 'customers p ON p.id = t.customer_id'],
    ['orders', 'customers p ON p.id = t.customer_id'],
    ['order_items', 'orders p ON p.id = t.order_id'],
    ['payments', 'orders p ON p.id = t.order_id'],
    ['payment_transactions', 'orders p ON p.id = t.order_id'],
    ['referrer_tracking', 'customers p ON p.id = t.customer_id'],
    ['customer_addresses', 'customers p ON p.id = t.customer_id'],
    ['address_collection_sessions', 'customers p ON p.id = t.customer_id'],
    ['jobs', 'campaigns p ON p.id = t.campaign_id'],
    ['campaign_logs', 'campaigns p ON p.id = t.campaign_id'],
    ['leads', 'customers p ON p.id = t.customer_id'],
    ['quick_replies', 'users p ON p.id = t.created_by'],
    ['flow_logs', 'customers p USING (wa_id)'],
    ['zoho_payload_logs', 'customers p USING (wa_id)'],
    ['number_flow_configs', 'whatsapp_numbers p USING (phone_number_id)'],
  ])('leaves nothing stale: %s', async (table, parent) => {
    expect(
      await count(
        `SELECT count(*) FROM ${table} t JOIN ${parent} WHERE t.organization_id IS DISTINCT FROM p.organization_id`,
      ),
    ).toBe(0);
  });

  it('is certified, also after contract, when ON CONFLICT must name the organization', async () => {
    expect((await walk.certificate()).faults).toEqual([]);
    const upsert = (columns: string) =>
      count(
        `WITH one AS (INSERT INTO messages (message_id, customer_id, body, organization_id)
           SELECT message_id, customer_id, 'again', organization_id FROM messages WHERE organization_id IS NOT NULL AND body IS NOT NULL LIMIT 1
           ON CONFLICT (${columns}) DO UPDATE SET status = 'read' RETURNING 1) SELECT count(*) FROM one`,
      );
    expect(await upsert('message_id')).toBe(1);
    await walk.through('contract');
    await expect(upsert('message_id')).rejects.toThrow('no unique or exclusion constraint');
    expect(await upsert('organization_id, message_id')).toBe(1);
    expect((await walk.certificate()).faults).toEqual([]);
  });
});
