import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PHASES } from '../src/retrofit/phases/phase.js';
import type { Certificate } from '../src/retrofit/verify/certificate.js';
import { eventually } from './support/eventually.js';
import { checksumsOf } from './support/retrofit-checksums.js';
import { command } from './support/retrofit-command.js';
import type { Outcome } from './support/retrofit-command.js';
import { schemaOf } from './support/retrofit-schema.js';
import { RetrofitDatabase } from './support/retrofit.js';
import { SHOP, SHOP_PLAN } from './support/retrofit-shop.js';
import { Walk } from './support/retrofit-walk.js';

let walk: Walk;

const run = (...args: string[]): Promise<Outcome> => command(walk, ...args);
const withPlan = (...args: string[]): Promise<Outcome> => run(...args, '--plan', walk.plan);

/** Exit code 1, nothing on the channel of results, and no stack of calls. */
function expectRefusal({ code, stdout, stderr }: Outcome, message: RegExp | string): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ +at /m);
}

describe('Before anything is begun', () => {
  beforeAll(async () => {
    walk = await Walk.begin(SHOP, SHOP_PLAN);
  });
  afterAll(() => walk.stop());

  it('a dry run prints the SQL of every phase, and changes nothing', async () => {
    const before = [await schemaOf(walk.database), await checksumsOf(walk.database, [])];
    const { code, stdout, stderr } = await withPlan('run', '--through', 'contract', '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const phase of PHASES) expect(stdout).toContain(`-- ${phase}\n`);
    for (const sql of [
      'ADD COLUMN IF NOT EXISTS "organization_id" text',
      'CREATE TRIGGER',
      'SET "organization_id" =',
      'INSERT INTO polydesk_retrofit.quarantine',
      'CREATE UNIQUE INDEX CONCURRENTLY',
      'NOT VALID',
      'VALIDATE CONSTRAINT',
      'CREATE POLICY',
      'FORCE ROW LEVEL SECURITY',
      'DROP TRIGGER',
    ])
      expect(stdout).toContain(sql);
    expect([await schemaOf(walk.database), await checksumsOf(walk.database, [])]).toEqual(before);
  });

  it.each(PHASES)('so does a dry run of %s', async (phase) => {
    const before = await schemaOf(walk.database);
    const { code, stdout } = await withPlan(phase, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain(`-- ${phase}\n`);
    expect(await schemaOf(walk.database)).toBe(before);
  });

  it('no phase comes before its turn', async () => {
    expectRefusal(
      await withPlan('constrain'),
      "constrain comes after expand, which is not finished. Run 'retrofit expand' first",
    );
  });

  it('verify and rollback say that there is nothing to do for them, with a plan or without', async () => {
    expectRefusal(await run('verify'), 'There is nothing to verify before rows have their organizations');
    expectRefusal(await withPlan('verify'), 'There is nothing to verify before rows have their organizations');
    expectRefusal(await run('rollback'), 'There is nothing to take back: no phase was begun');
    expectRefusal(await withPlan('rollback', '--to', 'expand'), 'There is nothing to take back');
  });

  it('status says that all is to do', async () => {
    const { code, stdout } = await run('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).phases).toEqual(PHASES.map((phase) => ({ phase, state: 'to do', steps: 0 })));
  });

  it('a plan that is not there, no YAML, or not of this database is refused, each fault by its path', async () => {
    expectRefusal(await run('expand', '--plan', 'nowhere.yaml'), 'There is no plan nowhere.yaml');
    expectRefusal(await run('expand'), 'There is no plan retrofit.yaml');
    const broken = `${walk.plan}.broken`;
    await writeFile(broken, 'version: 1\nsource: [');
    expectRefusal(await run('expand', '--plan', broken), /plan|YAML/i);
    await writeFile(broken, 'version: 1\nsource: { each: admins }\ntables: { customers: { copy: nobody } }');
    expectRefusal(await run('expand', '--plan', broken), 'tables.customers.copy');
  });

  it('an unknown phase or option is wrong usage, and says what there is', async () => {
    const unknown = await withPlan('run', '--through', 'everything');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain(`Phases are: ${PHASES.join(', ')}`);
    expect((await withPlan('rollback', '--to', 'nothing')).stderr).toContain('Phases are: ');
    expect((await withPlan('expand', '--hurry')).stderr).toContain("unknown option '--hurry'");
    expect((await run('shrink')).stderr).toContain("unknown command 'shrink'");
  });
});

describe('A password', () => {
  const SECRET = 'hush-4711';
  let stranger: { name: string; url: string };

  beforeAll(async () => {
    walk = await Walk.begin(SHOP, SHOP_PLAN);
    stranger = await walk.database.role('stranger');
  });
  afterAll(() => walk.stop());

  const wrong = (change: (url: URL) => void): string => {
    const url = new URL(walk.database.url);
    url.password = SECRET;
    change(url);
    return url.href;
  };

  it.each([
    ['where it is wrong', (url: URL) => void (url.username = 'nobody-of-this-name')],
    ['where nobody listens', (url: URL) => void (url.port = '1')],
    ['where the host does not exist', (url: URL) => void (url.hostname = 'nowhere.invalid')],
    [
      'where the database does not exist',
      (url: URL) => void ((url.password = new URL(walk.database.url).password), (url.pathname = 'nothing')),
    ],
  ])('is never printed: %s', async (_, change) => {
    const url = wrong(change);
    const outcome = await withPlan('expand', '--database-url', url);
    expectRefusal(outcome, 'The database cannot be reached');
    expect(outcome.stderr).not.toContain(SECRET);
    expect(outcome.stderr).not.toContain(url);
  });

  it('is never printed where the address is none', async () => {
    for (const url of [
      `postgres://me:${SECRET}@:bad:port/x`,
      `postgres//me:${SECRET}@host/x`,
      `host=x password=${SECRET}`,
    ]) {
      const { code, stdout, stderr } = await withPlan('status', '--database-url', url);
      expect(code).toBe(1);
      expect(stdout + stderr).not.toContain(SECRET);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });

  it('is never printed by commands that work, or lack rights', async () => {
    const { password } = new URL(stranger.url);
    for (const args of [
      ['status'],
      ['plan'],
      ['expand', '--plan', walk.plan],
      ['run', '--through', 'expand', '--dry-run', '--plan', walk.plan],
    ]) {
      const { stdout, stderr } = await run(...args, '--database-url', stranger.url);
      expect(stdout + stderr).not.toContain(password);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });
});

const CLAIMS = `SELECT count(*) FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const ENDED = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'polydesk retrofit'`;

describe('A second copy', () => {
  beforeAll(async () => {
    walk = await Walk.begin(SHOP, SHOP_PLAN);
  });
  afterAll(() => walk.stop());

  it('is refused while the first one is at work; status is not', async () => {
    const holder = new pg.Client({ connectionString: walk.database.url });
    await holder.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE admins IN SHARE MODE');
      const first = withPlan('expand');
      await eventually(
        () => walk.database.count(CLAIMS),
        (claims) => claims === 1,
      );
      for (const args of [['expand', '--plan', walk.plan], ['rollback']]) {
        const { code, stderr } = await run(...args);
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /Another retrofit command is at work on this database \(PostgreSQL process \d+, from .*, since .*\)\. Wait for it, or end it/,
        );
      }
      expect((await run('status')).code).toBe(0);
      await holder.query('COMMIT');
      expect((await first).code).toBe(0);
    } finally {
      await holder.end();
    }
  });
});

describe('What would pass on nothing', () => {
  it('is not verified: an empty database', async () => {
    walk = await Walk.begin(
      'CREATE TABLE admins (id integer PRIMARY KEY); CREATE TABLE notes (admin_id integer REFERENCES admins);',
      'version: 1\nsource: { each: admins }\ntables: { admins: {}, notes: { copy: admins } }',
    );
    await walk.through('contract');
    expectRefusal(await run('verify'), 'No row of any table belongs to an organization: there is nothing to prove');
    await walk.stop();
  });

  it('is not verified: before the backfill, or as a role under row-level security', async () => {
    walk = await Walk.begin(SHOP, SHOP_PLAN);
    await walk.through('expand');
    expectRefusal(await run('verify', '--json'), 'There is nothing to verify before rows have their organizations');
    await walk.through('isolate');
    const { name, url } = await walk.database.role('reader');
    await walk.database.load(`GRANT USAGE ON SCHEMA public, polydesk_retrofit TO ${name};
      GRANT SELECT ON ALL TABLES IN SCHEMA public, polydesk_retrofit TO ${name}`);
    expectRefusal(
      await run('verify', '--database-url', url),
      'is subject to row-level security, and would see only a part',
    );
    await walk.stop();
  });
});

describe('What PostgreSQL refuses', () => {
  it('is told with what to do, and no stack of calls', async () => {
    walk = await Walk.begin(SHOP, SHOP_PLAN);
    const { url } = await walk.database.role('stranger');
    expectRefusal(await withPlan('expand', '--dry-run', '--database-url', url), /./);
    const holder = new pg.Client({ connectionString: walk.database.url });
    await holder.connect();
    const first = withPlan('expand');
    await holder.query('BEGIN; LOCK TABLE admins IN SHARE MODE');
    await eventually(
      () => walk.database.count(CLAIMS),
      (claims) => claims === 1,
    );
    await walk.database.rows(ENDED);
    const { code, stderr } = await first;
    expect(code).toBe(1);
    expect(stderr).toContain('Run the command again');
    expect(stderr).not.toMatch(/^ +at /m);
    await holder.end();
    await walk.through('expand');
    await walk.stop();
  });
});

describe('Once phases are done', () => {
  beforeAll(async () => {
    walk = await Walk.begin(SHOP, SHOP_PLAN);
    await walk.through('isolate');
  });
  afterAll(() => walk.stop());

  it('another plan is refused, the same one and none go on', async () => {
    const other = `${walk.plan}.other`;
    await writeFile(other, `${SHOP_PLAN}\napplication: { role: ${walk.database.applicationRole}_2 }`);
    expectRefusal(await run('rescope', '--plan', other), "is not the plan that 'expand' began with. Leave --plan out");
    expect((await run('isolate')).code).toBe(0);
    expect((await withPlan('isolate')).code).toBe(0);
  });

  it('no phase is done again behind a later one', async () => {
    expectRefusal(
      await run('backfill'),
      "quarantine has begun, so backfill cannot be done again. To go back: 'retrofit rollback --to backfill'",
    );
  });

  it('status says how far it is, for people and machines', async () => {
    const { stdout } = await run('status');
    expect(stdout).toMatch(/^isolate +done +\d+ steps$/m);
    expect(stdout).toMatch(/^rescope +to do$/m);
    expect(stdout).toMatch(/^backfill of customers: 100 %, 3 rows got their organization$/m);
    const status = JSON.parse((await run('status', '--json')).stdout);
    expect(status.quarantine).toContainEqual({ table: 'notes', reason: expect.any(String), rows: 1 });
    expect(status.phases.map(({ state }: { state: string }) => state)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'done',
      'to do',
      'to do',
    ]);
  });

  it('a dry run of rollback prints what would take them back, the last first, and changes nothing', async () => {
    const before = await schemaOf(walk.database);
    const { code, stdout } = await run('rollback', '--to', 'backfill', '--dry-run');
    expect(code).toBe(0);
    expect(stdout.indexOf('-- rollback of isolate')).toBeLessThan(stdout.indexOf('-- rollback of constrain'));
    expect(stdout).toContain('DROP CONSTRAINT IF EXISTS');
    expect(stdout).not.toContain('-- rollback of backfill');
    expect(await schemaOf(walk.database)).toBe(before);
  });

  it('verify names what leaks, and fails; as JSON it is a certificate', async () => {
    const asTable = await run('verify');
    expect(asTable.code).toBe(1);
    expect(asTable.stdout).toContain('Not proven:');
    expect(asTable.stdout).toContain('public.all_orders() (function): it is SECURITY DEFINER');
    expect(asTable.stdout).toContain("out of the application's reach: materialized view totals");
    await walk.database.rows('REVOKE EXECUTE ON FUNCTION all_orders() FROM PUBLIC');
    const { code, stdout } = await run('verify', '--json');
    const certificate: Certificate = JSON.parse(stdout);
    expect({ code, ok: certificate.ok, faults: certificate.faults }).toEqual({ code: 0, ok: true, faults: [] });
    expect(certificate).toMatchObject({
      database: walk.database.name,
      organizations: 2,
      phases: ['expand', 'backfill', 'quarantine', 'constrain', 'isolate'],
      shared: ['products'],
      tables: expect.arrayContaining([
        {
          ...{ table: 'customers', rows: 3, owned: 3, quarantined: 0, unowned: 0 },
          ...{ dangling: 0, crossOrganization: 0, accepted: 0, otherColumns: 'same' },
          probe: {
            a: { rows: 2, foreign: 0 },
            b: { rows: 1, foreign: 0 },
            none: { rows: 0, foreign: 0 },
            garbage: { rows: 0, foreign: 0 },
          },
        },
      ]),
    });
    expect((await run('verify')).stdout).toContain('Organizations are apart.');
  });

  it('verify finds a row that was moved behind its back, and one that lost its organization', async () => {
    await walk.database.rows(
      `SET session_replication_role = replica; UPDATE customers SET organization_id = 'admins-2' WHERE code = 'A1'`,
    );
    const { code, stdout } = await run('verify', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).faults.join('\n')).toMatch(/customers: 1 rows point into another organization/);
  });
});

describe("Triggers of the application's that cannot be silenced", () => {
  const ALWAYS = `
    CREATE TABLE shops (id integer PRIMARY KEY, name text, touched integer NOT NULL DEFAULT 0);
    INSERT INTO shops (id) SELECT generate_series(1, 5);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END';
    CREATE TRIGGER touch BEFORE UPDATE ON shops FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE shops ENABLE ALWAYS TRIGGER touch;`;
  const PLAN = 'version: 1\nsource: { each: shops }\ntables: { shops: {} }';

  it('stop the backfill before it begins, unless they may fire', async () => {
    const database = await RetrofitDatabase.make();
    await database.load(ALWAYS);
    const args = ['run', '--through', 'backfill', '--plan', await database.planFile(PLAN)];
    const refused = await command(database, ...args);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--fire-triggers')]);
    expect(await database.count('SELECT count(*) FROM shops WHERE organization_id IS NOT NULL')).toBe(0);
    expect((await command(database, ...args, '--fire-triggers')).code).toBe(0);
    expect(await database.count('SELECT count(*) FROM shops WHERE organization_id IS NOT NULL AND touched = 1')).toBe(
      5,
    );
    await database.stop();
  });

  it('and a rate that is no number is wrong usage', async () => {
    const { code, stderr } = await command({ environment: {} }, 'backfill', '--max-wal-rate', 'much');
    expect([code, stderr]).toEqual([1, expect.stringContaining('A number above 0 is expected')]);
  });
});
