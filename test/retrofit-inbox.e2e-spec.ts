import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import type { TableSum } from './support/retrofit-checksums.js';
import { inbox, inboxPlan, CONFLICTS, UNOWNED } from './support/retrofit-fixtures/inbox.js';
import { inboxChecks } from './support/retrofit-fixtures/inbox-checks.js';
import { inboxTraffic } from './support/retrofit-fixtures/inbox-traffic.js';
import type { LiveReport } from './support/retrofit-live-report.js';
import { Walk } from './support/retrofit-walk.js';

let walk: Walk;

const count = (sql: string): Promise<number> => walk.database.count(sql);

describe("The inbox by the guide's own queries", () => {
  let before: Record<string, TableSum>;

  beforeAll(async () => {
    walk = await Walk.begin(inbox(), inboxPlan());
    before = await checksumsOf(walk.database, []);
    await walk.through('contract');
  });
  afterAll(() => walk.stop());

  it.each(inboxChecks().map((check) => [check.name, check] as const))('%s', async (_, { sql, expected }) => {
    expect(await count(sql)).toBe(expected);
  });

  it('quarantines the rows that were planted, and no others', async () => {
    expect(await walk.quarantined()).toEqual({
      ...UNOWNED,
      messages: UNOWNED.messages + CONFLICTS.messages.rows,
    });
  });

  it('gives each quarantined row its reason', async () => {
    const reasons = await walk.database.rows<{ table: string; reason: string; rows: number }>(
      `SELECT table_name AS table, reason, count(*)::int AS rows FROM polydesk_retrofit.quarantine
       WHERE table_name = 'conversations' GROUP BY 1, 2 ORDER BY 2`,
    );
    expect(reasons.map(({ rows }) => rows).toSorted()).toEqual([2, 3, 4]);
  });

  it('changes no other column of any row', async () => {
    expect(amongThose(await checksumsOf(walk.database, ['organizationId']), before)).toEqual(before);
  });

  it('is certified', async () => {
    const certificate = await walk.certificate();
    expect(certificate.faults).toEqual([]);
    expect(certificate.ok).toBe(true);
    for (const table of certificate.tables) {
      expect(table).toMatchObject({ unowned: 0, crossOrganization: 0, otherColumns: 'same' });
      expect(table.probe).toMatchObject({ none: { rows: 0 }, garbage: { rows: 0 }, a: { foreign: 0 } });
    }
  });
});

describe('The clean inbox', () => {
  beforeAll(async () => {
    walk = await Walk.begin(inbox({ dirty: false }), inboxPlan({ dirty: false }));
    await walk.through('contract');
  });
  afterAll(() => walk.stop());

  it.each(inboxChecks({ dirty: false }).map((check) => [check.name, check] as const))(
    '%s',
    async (_, { sql, expected }) => {
      expect(await count(sql)).toBe(expected);
    },
  );

  it('quarantines nothing, and lets no row be without an organization', async () => {
    expect(await walk.quarantined()).toEqual({});
    expect(
      await count(
        `SELECT count(*) FROM pg_attribute WHERE attname = 'organizationId' AND NOT attnotnull
         AND attrelid IN ('users'::regclass, 'messages'::regclass, 'conversations'::regclass, 'integrations'::regclass, 'chatbots'::regclass)`,
      ),
    ).toBe(0);
  });
});

describe('The inbox beside its application', () => {
  let report: LiveReport;

  beforeAll(async () => {
    walk = await Walk.begin(inbox(), inboxPlan());
    ({ report } = await walk.beside(inboxTraffic()));
  });
  afterAll(() => walk.stop());

  it('goes through every phase but the last, ON CONFLICT of the old keys included, and nothing fails', () => {
    expect(report.errors).toEqual([]);
    expect(report.written['inbound message']).toBeGreaterThan(0);
    expect(report.written['reconnect page']).toBeGreaterThan(0);
    expect(report.written['new admin, with a chatbot']).toBeGreaterThan(0);
  });

  it('leaves nothing unowned but what was planted', async () => {
    expect(await walk.quarantined()).toEqual({ ...UNOWNED, messages: UNOWNED.messages + CONFLICTS.messages.rows });
    for (const table of Object.keys(UNOWNED))
      expect({ table, rows: await count(`SELECT count(*) FROM ${table} WHERE "organizationId" IS NULL`) }).toEqual({
        table,
        rows: (await walk.quarantined())[table],
      });
  });

  it.each([
    [
      'staff with another organization than their parent',
      'users t JOIN users p ON p."accountId" = t.parent_account_id',
    ],
    ['conversations', 'conversations t JOIN users p USING ("accountId")'],
    ['integrations', 'integrations t JOIN users p USING ("accountId")'],
    ['chatbots', 'chatbots t JOIN users p USING ("accountId")'],
    ['messages', `messages t JOIN conversations p ON p.id = t.conversation_id AND t.text <> 'torn'`],
  ])('leaves nothing stale: %s', async (_, join) => {
    expect(
      await count(`SELECT count(*) FROM ${join} WHERE t."organizationId" IS DISTINCT FROM p."organizationId"`),
    ).toBe(0);
  });

  it('makes an organization for each admin that came meanwhile', async () => {
    expect(await count('SELECT count(*) FROM organizations')).toBe(
      await count(`SELECT count(*) FROM users WHERE role = 'admin'`),
    );
  });

  it('is certified, also after contract, when ON CONFLICT must name the organization', async () => {
    expect((await walk.certificate()).faults).toEqual([]);
    const upsert = (columns: string) =>
      count(
        `WITH one AS (INSERT INTO conversations (id, oa_id, customer_id, "accountId", "organizationId")
           SELECT left(md5(random()::text), 24), oa_id, customer_id, "accountId", "organizationId" FROM conversations WHERE "organizationId" IS NOT NULL LIMIT 1
           ON CONFLICT (${columns}) DO UPDATE SET unread_count = 7 RETURNING 1) SELECT count(*) FROM one`,
      );
    expect(await upsert('oa_id, customer_id')).toBe(1);
    await walk.through('contract');
    await expect(upsert('oa_id, customer_id')).rejects.toThrow('no unique or exclusion constraint');
    expect(await upsert('"organizationId", oa_id, customer_id')).toBe(1);
    expect((await walk.certificate()).faults).toEqual([]);
  });
});
