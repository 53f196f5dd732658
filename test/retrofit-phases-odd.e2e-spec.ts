import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { twinOf, compositeKeys } from '../src/retrofit/phases/composite-keys.js';
import { constrainSteps } from '../src/retrofit/phases/constrain.js';
import { contractNotes } from '../src/retrofit/phases/contract.js';
import { StepRunner } from '../src/retrofit/run/step-runner.js';
import { checksumsOf, amongThose } from './support/retrofit-checksums.js';
import { eventually } from './support/eventually.js';
import { Phases } from './support/retrofit-phases.js';
import { schemaOf } from './support/retrofit-schema.js';
import { loadScript } from './support/retrofit-script.js';
import { SHOP, SHOP_PLAN } from './support/retrofit-shop.js';
import { RetrofitDatabase } from './support/retrofit.js';

let database: RetrofitDatabase;
let phases: Phases;

async function begin(schema: string, plan: string): Promise<void> {
  await database.load(schema);
  phases = await Phases.open(database, `version: 1\n${plan}`);
}

beforeEach(async () => {
  database = await RetrofitDatabase.make();
});
afterEach(async () => {
  await phases.close();
  await database.stop();
});

const told = (): string => phases.told.lines.join('\n');

const TWO_PARENTS = `
  CREATE TABLE stores (id integer PRIMARY KEY);
  CREATE TABLE staff (id integer PRIMARY KEY, store_id integer REFERENCES stores);
  CREATE TABLE rentals (id integer PRIMARY KEY, store_id integer REFERENCES stores, staff_id integer REFERENCES staff);
  INSERT INTO stores VALUES (1), (2); INSERT INTO staff VALUES (1, 1), (2, 2);
  INSERT INTO rentals VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);`;
const STORES = `source: { each: stores }
tables: { stores: {}, staff: { copy: stores }, rentals: { copy: stores } }`;

describe('Where rows point into another organization', () => {
  it('the key gets no twin, old code goes on, and it is said how many there are', async () => {
    await begin(TWO_PARENTS, STORES);
    await phases.through('contract');
    expect(told()).toContain(
      "rentals: rentals_staff_id_fkey gets no twin with the organization: 2 rows point to a row of staff that is another organization's (one: id = 2)",
    );
    expect(told()).toContain('rentals: rentals_staff_id_fkey stays');
    await database.rows(`INSERT INTO rentals (id, store_id, staff_id, organization_id) VALUES (4, 1, 2, 'stores-1')`);
  });
});

describe('Where a column was there before', () => {
  const SCHEMA = `
    CREATE TABLE orgs (id uuid PRIMARY KEY, name text NOT NULL, plan text NOT NULL DEFAULT 'free');
    CREATE TABLE users (id integer PRIMARY KEY, org_id uuid REFERENCES orgs, changed integer NOT NULL DEFAULT 0);
    CREATE TABLE posts (user_id integer REFERENCES users, body text, org_id uuid);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := NEW.changed + 1; RETURN NEW; END';
    CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    INSERT INTO orgs VALUES ('00000000-0000-0000-0000-000000000001', 'one');
    INSERT INTO users VALUES (1, '00000000-0000-0000-0000-000000000001'), (2, NULL);
    INSERT INTO posts VALUES (1, 'a', NULL), (2, 'b', NULL), (1, 'c', '00000000-0000-0000-0000-000000000001');`;
  const PLAN = `organization: { table: orgs, column: org_id }
source: { existing: true, default: { id: 00000000-0000-0000-0000-000000000009, name: rest } }
tables: { users: { existing: true, default: true }, posts: { existing: true, copy: users } }`;

  it('rollback gives each row what it had, fires no trigger of the application, and takes organizations out again', async () => {
    await begin(SCHEMA, PLAN);
    const before = await schemaOf(database);
    const sums = await checksumsOf(database, []);
    await phases.through('contract');
    expect(await database.count('SELECT count(*) FROM posts WHERE org_id IS NULL')).toBe(0);
    expect(await database.count('SELECT count(*) FROM orgs')).toBe(2);
    await phases.back();
    expect(await schemaOf(database)).toBe(before);
    expect(amongThose(await checksumsOf(database, []), sums)).toEqual(sums);
  });

  it('whatever is no uuid is nobody, and raises nothing', async () => {
    await begin(SCHEMA, PLAN);
    await phases.through('isolate');
    for (const [setting, seen] of [
      ['garbage', 0],
      ['', 0],
      ['00000000-0000-0000-0000-000000000001', 1],
    ] as const) {
      await phases.session.run(
        `BEGIN; SET LOCAL ROLE ${database.applicationRole}; SET LOCAL app.organization_id = '${setting}'`,
      );
      const { count } = await phases.session.row<{ count: number }>('SELECT count(*)::int AS count FROM public.users');
      await phases.session.run('ROLLBACK');
      expect([setting, count]).toEqual([setting, seen]);
    }
  });
});

describe('Where the application had row-level security', () => {
  it('its policies go on to decide, and are as they were after rollback', async () => {
    await begin(
      `CREATE TABLE admins (id integer PRIMARY KEY);
       CREATE TABLE notes (id integer PRIMARY KEY, admin_id integer REFERENCES admins, is_secret boolean NOT NULL);
       ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
       CREATE POLICY open_ones ON notes FOR SELECT USING (NOT is_secret);
       INSERT INTO admins VALUES (1), (2); INSERT INTO notes VALUES (1, 1, false), (2, 1, true), (3, 2, false);`,
      'source: { each: admins }\ntables: { admins: {}, notes: { copy: admins } }',
    );
    const before = await schemaOf(database);
    await phases.through('contract');
    await phases.session.run(
      `BEGIN; SET LOCAL ROLE ${database.applicationRole}; SET LOCAL app.organization_id = 'admins-1'`,
    );
    expect(await phases.session.rows('SELECT id FROM public.notes')).toEqual([{ id: 1 }]);
    await phases.session.run('ROLLBACK');
    await phases.back();
    expect(await schemaOf(database)).toBe(before);
  });
});

describe('A role that was there before', () => {
  it('keeps what it had, and outlives the rollback', async () => {
    await begin(
      'CREATE TABLE admins (id integer PRIMARY KEY); CREATE TABLE logs (admin_id integer REFERENCES admins); INSERT INTO admins VALUES (1); INSERT INTO logs VALUES (1);',
      'source: { each: admins }\ntables: { admins: {}, logs: { copy: admins } }',
    );
    await database.rows(`CREATE ROLE ${database.applicationRole}`);
    await database.rows(`GRANT SELECT ON logs TO ${database.applicationRole}`);
    const before = await schemaOf(database);
    await phases.through('isolate');
    await phases.back();
    expect(await schemaOf(database)).toBe(before);
    expect(await database.count(`SELECT count(*) FROM pg_roles WHERE rolname = '${database.applicationRole}'`)).toBe(1);
    await database.rows(`REVOKE ALL ON logs FROM ${database.applicationRole}`);
  });

  it('that policies mean nothing to is refused', async () => {
    await begin(
      'CREATE TABLE admins (id integer PRIMARY KEY); INSERT INTO admins VALUES (1);',
      'source: { each: admins }\ntables: { admins: {} }',
    );
    await database.rows(`CREATE ROLE ${database.applicationRole} BYPASSRLS`);
    await expect(phases.through('isolate')).rejects.toThrow(/has BYPASSRLS, so that it would see every organization/);
  });
});

describe('A tool that is connected as an owner without a superuser’s rights', () => {
  it('goes all the way, and back', async () => {
    const owner = await database.role('owner', 'CREATEROLE');
    await database.rows(`GRANT CREATE ON DATABASE ${database.name} TO ${owner.name}`);
    await database.rows(`GRANT CREATE ON SCHEMA public TO ${owner.name}`);
    await loadScript(owner.url, SHOP);
    phases = await Phases.open(database, SHOP_PLAN, owner.url);
    const before = await schemaOf(database);
    await phases.through('contract');
    expect(await phases.session.rows('SELECT FROM public.customers')).toEqual([]);
    await phases.back();
    expect(await schemaOf(database)).toBe(before);
    expect(await database.count(`SELECT count(*) FROM pg_roles WHERE rolname = '${database.applicationRole}'`)).toBe(0);
  });
});

describe('Before PostgreSQL 15, which cannot null one column of a key', () => {
  it('the old key nulls, the twin looks after it, and contract keeps both', async () => {
    await begin(
      `CREATE TABLE admins (id integer PRIMARY KEY);
       CREATE TABLE agents (id integer PRIMARY KEY, admin_id integer REFERENCES admins);
       CREATE TABLE jobs (id integer PRIMARY KEY, admin_id integer REFERENCES admins, agent_id integer REFERENCES agents ON DELETE SET NULL);
       INSERT INTO admins VALUES (1); INSERT INTO agents VALUES (1, 1); INSERT INTO jobs VALUES (1, 1, 1);`,
      'source: { each: admins }\ntables: { admins: {}, agents: { copy: admins }, jobs: { copy: admins } }',
    );
    await phases.through('quarantine');
    const older = async () => {
      const work = await phases.work();
      return { ...work, catalogue: { ...work.catalogue, serverVersion: 140_000 } };
    };
    await new StepRunner(phases.session, phases.told).do('constrain', await constrainSteps(await older()));
    await database.rows('DELETE FROM agents');
    expect(await database.rows('SELECT agent_id, organization_id FROM jobs')).toEqual([
      { agent_id: null, organization_id: 'admins-1' },
    ]);
    expect(await contractNotes(await older())).toContain(
      'jobs: jobs_agent_id_fkey stays: before version 15 PostgreSQL cannot set null without the organization',
    );
  });
});

describe('Several keys on the same columns', () => {
  it('get a twin each, by names that differ', async () => {
    await begin(
      `CREATE TABLE admins (id integer PRIMARY KEY);
       CREATE TABLE people (id integer PRIMARY KEY REFERENCES admins);
       CREATE TABLE logs (admin_id integer, FOREIGN KEY (admin_id) REFERENCES admins, FOREIGN KEY (admin_id) REFERENCES people, FOREIGN KEY (admin_id) REFERENCES people ON DELETE CASCADE);
       INSERT INTO admins VALUES (1); INSERT INTO people VALUES (1); INSERT INTO logs VALUES (1);`,
      'source: { each: admins }\ntables: { admins: {}, people: { copy: admins }, logs: { copy: admins } }',
    );
    await phases.through('constrain');
    const work = await phases.work();
    const twins = compositeKeys(work)
      .filter(({ table }) => table.name === 'logs')
      .map((key) => [key.name, twinOf(key)?.isValidated]);
    expect(twins.length).toBe(3);
    expect(new Set(twins.map(([name]) => name)).size).toBe(3);
    await phases.through('contract');
    await phases.back();
  });
});

describe('While an index waits for an older transaction', () => {
  it('says whom it waits for', async () => {
    await begin(TWO_PARENTS, STORES);
    await phases.through('quarantine');
    const other = new pg.Client({ connectionString: database.url, application_name: 'a report' });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE rentals IN ROW EXCLUSIVE MODE; SELECT txid_current()');
    const steps = await constrainSteps(await phases.work());
    const running = new StepRunner(phases.session, phases.told).do('constrain', steps);
    try {
      await eventually(told, (text) =>
        /waits for process \d+ \(a report, in a transaction since .*It goes on when that ends/.test(text),
      );
    } finally {
      await other.query('COMMIT');
      await other.end();
      await running;
    }
  });
});
