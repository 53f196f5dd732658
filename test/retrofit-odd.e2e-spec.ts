import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import type { TableSum } from './support/retrofit-checksums.js';
import { odd, oddPlan, UNOWNED } from './support/retrofit-fixtures/odd.js';
import { ODD_LIVE, ODD_TRAFFIC } from './support/retrofit-fixtures/odd-traffic.js';
import type { LiveReport } from './support/retrofit-live-report.js';
import { Walk } from './support/retrofit-walk.js';

let walk: Walk;

const count = (sql: string): Promise<number> => walk.database.count(sql);

/** One function shows what its owner sees to everybody; it is left to a person. */
const LEAK = 'public.all_secrets() (function): it is SECURITY DEFINER';

describe('The odd schema', () => {
  let before: Record<string, TableSum>;
  let said: string;

  beforeAll(async () => {
    walk = await Walk.begin(odd(), oddPlan());
    before = await checksumsOf(walk.database);
    said = await walk.through('contract');
  });
  afterAll(() => walk.stop());

  it('quarantines the rows that were planted, and no others', async () => {
    expect(await walk.quarantined()).toEqual(UNOWNED);
  });

  it('changes no other column of any row, and fires no trigger of the application', async () => {
    expect(amongThose(await checksumsOf(walk.database), before)).toEqual(before);
    expect(await count('SELECT sum(times) FROM trigger_log')).toBe(0);
  });

  it('names what leaks past policies', () => {
    expect(said).toContain('LEAK: function public.all_secrets()');
    expect(said).toContain('Beware: function "Sales Dept"."how many"');
    expect(said).toContain('Beware: materialized view visits_by_page');
  });

  it('is certified once the function that leaks is nobody’s to call', async () => {
    expect((await walk.certificate()).faults).toEqual([expect.stringContaining(LEAK)]);
    await walk.database.rows('REVOKE EXECUTE ON FUNCTION all_secrets() FROM PUBLIC');
    const certificate = await walk.certificate();
    expect(certificate.faults).toEqual([]);
    for (const table of certificate.tables)
      expect(table).toMatchObject({ unowned: 0, crossOrganization: 0, otherColumns: 'same' });
  });

  it('gives tables that are empty NOT NULL and row-level security too', async () => {
    expect(
      await count(
        `SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.oid = 'nothing_yet'::regclass AND attname = 'organization_id' AND attnotnull AND relrowsecurity AND relforcerowsecurity`,
      ),
    ).toBe(1);
  });
});

describe('The odd schema beside an application', () => {
  let report: LiveReport;

  beforeAll(async () => {
    walk = await Walk.begin(odd() + ODD_LIVE, oddPlan());
    await walk.database.rows('REVOKE EXECUTE ON FUNCTION all_secrets() FROM PUBLIC');
    ({ report } = await walk.beside(ODD_TRAFFIC));
  });
  afterAll(() => walk.stop());

  it('goes through every phase but the last, and nothing fails', () => {
    expect(report.errors).toEqual([]);
    expect(Object.keys(report.written).toSorted()).toEqual(ODD_TRAFFIC.map(({ name }) => name).toSorted());
  });

  it('leaves nothing unowned but what was planted', async () => {
    expect(await walk.quarantined()).toEqual(UNOWNED);
  });

  it.each([
    ['orders', `"Sales Dept"."Order" t`, `"accountId"`],
    ['payments, by rule', 'payments t', 'account_id'],
    ['visits, in partitions', 'visits t', 'account_id'],
    ['log', 'log t', 'account_id'],
    ['sessions', 'sessions t', 'account_id'],
    ['imports', `imports t`, `nullif(regexp_replace(account, '\\D.*|9{9}.*', ''), '')`],
    [
      'lines of orders',
      `"Sales Dept"."Order line" t JOIN "Sales Dept"."Order" o ON o."select" = t."order"`,
      `o."accountId"`,
    ],
    ['clerks', 'clerks t JOIN shops s ON s.id = t.shop_id', 's.account_id'],
    [
      'folders',
      `folders t JOIN (WITH RECURSIVE down AS (SELECT id, account_id FROM folders WHERE account_id IS NOT NULL
         UNION SELECT f.id, down.account_id FROM folders f JOIN down ON f.parent = down.id WHERE f.account_id IS NULL) SELECT * FROM down) d USING (id)`,
      'd.account_id',
    ],
  ])('leaves nothing stale: %s', async (_, rows, account) => {
    expect(
      await count(
        `SELECT count(*) FROM ${rows} WHERE t.organization_id IS DISTINCT FROM 'accounts-' || ${account} AND ${account} IS NOT NULL`,
      ),
    ).toBe(0);
  });

  it('is certified, also after contract', async () => {
    expect((await walk.certificate()).faults).toEqual([]);
    await walk.through('contract');
    expect((await walk.certificate()).faults).toEqual([]);
  });
});
