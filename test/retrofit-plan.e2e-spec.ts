import { readCatalogue } from '../src/retrofit/catalogue/read-catalogue.js';
import { Session } from '../src/retrofit/database/session.js';
import { draftPlan } from '../src/retrofit/plan/draft.js';
import type { Draft, DraftOptions } from '../src/retrofit/plan/draft.js';
import { findingsOf } from '../src/retrofit/plan/findings.js';
import type { ReachedFindings } from '../src/retrofit/plan/findings.js';
import { checkPlan } from '../src/retrofit/plan/plan-check.js';
import { parsePlan } from '../src/retrofit/plan/plan-file.js';
import { planYaml } from '../src/retrofit/plan/plan-yaml.js';
import { describeReport } from '../src/retrofit/plan/report-text.js';
import { reportOn } from '../src/retrofit/plan/report.js';
import type { Report } from '../src/retrofit/plan/report.js';
import { RetrofitError } from '../src/retrofit/retrofit-error.js';
import { RetrofitDatabase } from './support/retrofit.js';

let database: RetrofitDatabase;
let session: Session;

beforeEach(async () => {
  database = await RetrofitDatabase.make();
  session = await Session.open(database.url);
});

afterEach(async () => {
  await session.close();
  await database.stop();
});

async function draft(options: DraftOptions = { source: { each: 'tenants' } }): Promise<Draft> {
  return draftPlan(session, await readCatalogue(session), options);
}

async function report(plan: string): Promise<Report> {
  return reportOn(session, await readCatalogue(session), parsePlan(plan));
}

function found(drafted: Draft, table: string): ReachedFindings {
  const findings = findingsOf(drafted).reached.find((each) => each.table === table);
  if (!findings) throw new Error(`${table} is not reached`);
  return findings;
}

const undecided = ({ undecided: open }: Draft): string[] => open.map(({ table }) => table).toSorted();
const comment = ({ comments }: Draft, path: string): string => (comments.get(path) ?? []).join('\n');
const copied = ({ plan }: Draft, table: string) => plan.tables[table]?.copy;

const TENANTS = `
  CREATE TABLE tenants (id integer PRIMARY KEY, email text UNIQUE);
  INSERT INTO tenants SELECT n, 'tenant' || n || '@example.org' FROM generate_series(1, 4) AS n;
  CREATE TABLE people (id integer PRIMARY KEY, tenant_id integer NOT NULL REFERENCES tenants, wa_id text UNIQUE);
  INSERT INTO people SELECT n, 1 + n % 4, 'wa-' || n FROM generate_series(1, 20) AS n;`;

describe('the ways of a table', () => {
  it('are one where one covers every row, the shortest of those that agree', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE orders (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people, tenant_id integer NOT NULL REFERENCES tenants);
      INSERT INTO orders SELECT p.id, p.id, p.tenant_id FROM people AS p;`);
    const drafted = await draft();
    expect(found(drafted, 'orders')).toMatchObject({
      rows: 20,
      ways: [
        { path: 'tenant_id > tenants', rows: 20 },
        { path: 'person_id > people.tenant_id > tenants', rows: 20 },
      ],
      conflicts: 0,
    });
    expect(copied(drafted, 'orders')).toEqual([{ from: 'tenants' }]);
    expect(undecided(drafted)).toEqual([]);
    expect(checkPlan(parsePlan(planYaml(drafted.plan, drafted.comments)), await readCatalogue(session))).toEqual([]);
  });

  it('are followed by others that cover what the first leaves over', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE orders (id integer PRIMARY KEY, person_id integer REFERENCES people, tenant_id integer REFERENCES tenants);
      INSERT INTO orders SELECT p.id, p.id, CASE WHEN p.id <= 5 THEN p.tenant_id END FROM people AS p;
      INSERT INTO orders VALUES (21, NULL, 2), (22, NULL, NULL);`);
    const drafted = await draft();
    expect(drafted.plan.tables['orders']).toMatchObject({
      copy: [{ from: 'people' }, { from: 'tenants' }],
      conflicts: 'quarantine',
    });
    expect(found(drafted, 'orders').uncovered).toBe(1);
    expect(undecided(drafted)).toEqual([]);
  });

  it('are all listed where they disagree, with counts and examples, and the plan is refused until somebody decides', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE orders (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people, tenant_id integer NOT NULL REFERENCES tenants);
      INSERT INTO orders SELECT p.id, p.id, CASE WHEN p.id IN (3, 7) THEN 4 - p.tenant_id % 2 ELSE p.tenant_id END FROM people AS p;
      UPDATE orders SET tenant_id = 1 + (SELECT tenant_id FROM people AS p WHERE p.id = person_id) % 4 WHERE id IN (3, 7);`);
    const drafted = await draft();
    const [difference] = found(drafted, 'orders').differences;
    expect(difference).toMatchObject({ rows: 2, examples: [{ key: '3' }, { key: '7' }] });
    expect(drafted.plan.tables['orders']).toMatchObject({
      copy: [{ from: 'tenants' }, { from: 'people' }],
      conflicts: null,
    });
    expect(undecided(drafted)).toEqual(['orders']);
    const yaml = planYaml(drafted.plan, drafted.comments);
    expect(yaml).toContain('different organizations in 2 rows');
    expect(checkPlan(parsePlan(yaml), await readCatalogue(session)).join()).toContain('tables.orders.conflicts');
  });

  it('come to an end where tables refer to each other in a circle, and it says so', async () => {
    await database.load(`
      CREATE TABLE tenants (id integer PRIMARY KEY);
      CREATE TABLE teams (id integer PRIMARY KEY, tenant_id integer REFERENCES tenants, lead_id integer);
      CREATE TABLE members (id integer PRIMARY KEY, team_id integer REFERENCES teams);
      ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES members;
      INSERT INTO tenants VALUES (1), (2); INSERT INTO teams VALUES (1, 1), (2, 2), (3, NULL);
      INSERT INTO members VALUES (1, 1), (2, 2); UPDATE teams SET lead_id = 2 WHERE id = 3;`);
    const drafted = await draft();
    expect(copied(drafted, 'members')).toEqual([{ from: 'teams' }]);
    expect(found(drafted, 'teams').cuts).toEqual(['members.team_id > teams.id comes back to teams']);
    expect(comment(drafted, 'tables.teams')).toContain('Not followed');
    expect(found(drafted, 'teams').uncovered).toBe(1);
  });

  it('climb through references of a table to itself, and end where those go round in a circle', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE notes (id integer PRIMARY KEY, person_id integer REFERENCES people, parent_id integer REFERENCES notes);
      INSERT INTO notes VALUES (1, 1, NULL), (2, NULL, 1), (3, NULL, 2), (4, 2, 3);
      INSERT INTO notes VALUES (5, NULL, NULL), (6, NULL, 5); UPDATE notes SET parent_id = 6 WHERE id = 5;
      CREATE TABLE marks (id integer PRIMARY KEY, note_id integer NOT NULL REFERENCES notes);
      INSERT INTO marks VALUES (1, 3), (2, 4), (3, 6);`);
    const drafted = await draft();
    const [difference] = found(drafted, 'notes').differences;
    expect(difference).toMatchObject({ rows: 1, examples: [{ key: '4', owners: ['tenants-3', 'tenants-2'] }] });
    expect(found(drafted, 'notes').uncovered).toBe(2);
    expect(undecided(drafted)).toEqual(['notes']);
    expect(found(drafted, 'marks').ways).toEqual([
      { path: 'note_id > notes.person_id > people.tenant_id > tenants', rows: 2 },
    ]);
  });

  it('count where only partitions have the foreign keys', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE events (id integer, day integer, person_id integer NOT NULL) PARTITION BY RANGE (day);
      CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (10);
      CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
      ALTER TABLE events_1 ADD FOREIGN KEY (person_id) REFERENCES people;
      ALTER TABLE events_2 ADD FOREIGN KEY (person_id) REFERENCES people;
      INSERT INTO events SELECT n, n, n FROM generate_series(1, 19) AS n;`);
    const drafted = await draft();
    expect(found(drafted, 'events').ways).toEqual([{ path: 'person_id > people.tenant_id > tenants', rows: 19 }]);
    expect(copied(drafted, 'events')).toEqual([{ from: 'people' }]);
    expect(Object.keys(drafted.plan.tables)).not.toContain('events_1');
  });

  it('name the columns where there are two foreign keys to the same table', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE "Transfers" (id integer PRIMARY KEY, "from" integer NOT NULL REFERENCES people, "to" integer NOT NULL REFERENCES people);
      INSERT INTO "Transfers" VALUES (1, 1, 5), (2, 1, 2);`);
    const drafted = await draft();
    expect(copied(drafted, 'Transfers')).toEqual([
      { from: 'people', on: [{ child: 'from', parent: 'id' }] },
      { from: 'people', on: [{ child: 'to', parent: 'id' }] },
    ]);
    expect(found(drafted, 'Transfers').conflicts).toBe(1);
  });
});

describe('a source', () => {
  it('of some rows is asked about where one of them is below another', async () => {
    await database.load(`
      CREATE TABLE users (id integer PRIMARY KEY, role text, boss_id integer REFERENCES users);
      INSERT INTO users VALUES (1, 'admin', NULL), (2, 'staff', 1), (3, 'admin', 2), (4, 'staff', 3), (5, 'staff', NULL);
      CREATE TABLE jobs (id integer PRIMARY KEY, user_id integer REFERENCES users);
      INSERT INTO jobs VALUES (1, 2), (2, 4), (3, 5);`);
    const drafted = await draft({ source: { each: 'users', where: "role = 'admin'" } });
    expect(found(drafted, 'users').differences).toMatchObject([
      { rows: 1, examples: [{ key: '3', owners: ['users-3', 'users-1'] }] },
    ]);
    expect(undecided(drafted)).toEqual(['users']);
    expect(found(drafted, 'jobs')).toMatchObject({ ways: [{ path: 'user_id > users', rows: 2 }], uncovered: 1 });
  });

  it('of columns that exist compares them with what the foreign keys say', async () => {
    await database.load(`
      CREATE TABLE organizations (id text PRIMARY KEY); INSERT INTO organizations VALUES ('a'), ('b');
      CREATE TABLE users (id integer PRIMARY KEY, organization_id text REFERENCES organizations);
      CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users, organization_id text);
      CREATE TABLE likes (id integer PRIMARY KEY, post_id integer NOT NULL REFERENCES posts);
      INSERT INTO users VALUES (1, 'a'), (2, 'b'); INSERT INTO posts VALUES (1, 1, 'a'), (2, 2, 'a'), (3, 2, NULL);
      INSERT INTO likes VALUES (1, 1), (2, 2), (3, 3);`);
    const drafted = await draft({ source: { existing: true } });
    expect(drafted.plan.tables['posts']).toMatchObject({ existing: true, copy: [{ from: 'users' }], conflicts: null });
    expect(found(drafted, 'posts').conflicts).toBe(1);
    expect(drafted.plan.tables['likes']).toMatchObject({ existing: false, copy: [{ from: 'posts' }] });
    expect(drafted.plan.tables['users']).toMatchObject({ existing: true });
    expect(undecided(drafted)).toEqual([]);
  });

  it('with a condition that PostgreSQL does not understand is refused', async () => {
    await database.load(TENANTS);
    const refused = draft({ source: { each: 'tenants', where: 'no_such_column = 1' } });
    await expect(refused).rejects.toThrow('source.where: column "no_such_column" does not exist');
  });

  it('that nobody named is asked for, with what it could be', async () => {
    await database.load(TENANTS);
    const refusal: unknown = await draft({}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RetrofitError);
    expect(refusal).toMatchObject({ details: [expect.stringContaining('--each tenants  4 rows; 1 other')] });
  });

  it('that is one organization for all has every table', async () => {
    await database.load(TENANTS);
    const drafted = await draft({ source: { default: { id: 'ours', name: 'Ours' } } });
    expect(drafted.plan.tables).toMatchObject({ tenants: { default: true }, people: { default: true } });
    expect(undecided(drafted)).toEqual([]);
  });
});

describe('a table that no foreign key leads from', () => {
  it('is proposed the natural key that its values match, with the share of rows', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE flow_logs (id integer PRIMARY KEY, wa_id text);
      INSERT INTO flow_logs SELECT n, 'wa-' || n FROM generate_series(11, 24) AS n;`);
    const drafted = await draft();
    expect(undecided(drafted)).toEqual(['flow_logs']);
    expect(findingsOf(drafted).unreached[0]?.links).toMatchObject([
      { from: 'people', on: 'wa_id = wa_id', rows: 14, matched: 10 },
    ]);
    expect(comment(drafted, 'tables')).toContain(
      '`{ copy: people, on: wa_id = wa_id }` finds the organization of 10 of 14 rows',
    );
    expect(drafted.plan.tables).not.toHaveProperty('flow_logs');
  });

  it('is proposed a join across types', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE imports (id integer PRIMARY KEY, "personId" text);
      INSERT INTO imports VALUES (1, '5'), (2, '6'), (3, 'nobody'), (4, NULL);`);
    const drafted = await draft();
    expect(findingsOf(drafted).unreached[0]?.links).toMatchObject([
      { from: 'people', on: 'personId = id', named: 3, matched: 2 },
    ]);
  });

  it('is told of links that name their table in another column', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE attachments (id integer PRIMARY KEY, owner_type text, owner_id integer);
      INSERT INTO attachments VALUES (1, 'Person', 99), (2, 'Tenant', 1), (3, 'App\\Models\\Tenant', 2), (4, 'Invoice', 1);`);
    const drafted = await draft();
    expect(findingsOf(drafted).unreached[0]?.links).toMatchObject([
      { from: 'tenants', type: { column: 'owner_type', value: 'App\\Models\\Tenant' }, matched: 1 },
      { from: 'tenants', type: { column: 'owner_type', value: 'Tenant' }, matched: 1 },
    ]);
  });

  it('is shared where several organizations use its rows, and asked about where nothing says so, or it speaks of people', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE countries (id integer PRIMARY KEY); INSERT INTO countries VALUES (1), (2);
      CREATE TABLE agents (id integer PRIMARY KEY, birth_date date); INSERT INTO agents VALUES (1);
      CREATE TABLE settings (id integer PRIMARY KEY);
      ALTER TABLE people ADD country_id integer REFERENCES countries, ADD agent_id integer REFERENCES agents;
      UPDATE people SET country_id = 1, agent_id = 1;`);
    const drafted = await draft();
    expect(drafted.plan.tables['countries']).toMatchObject({ shared: true });
    expect(comment(drafted, 'tables.countries')).toContain('1 of its 2 rows are used by several organizations');
    expect(undecided(drafted)).toEqual(['agents', 'settings']);
  });

  it('is reached through what a partial plan says, whose decisions are kept', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE flow_logs (id integer PRIMARY KEY, wa_id text);
      INSERT INTO flow_logs SELECT n, 'wa-' || n FROM generate_series(11, 24) AS n;
      CREATE TABLE flow_errors (id integer PRIMARY KEY, flow_log_id integer NOT NULL REFERENCES flow_logs);
      INSERT INTO flow_errors VALUES (1, 11), (2, 24);`);
    const partial = parsePlan(`
      version: 1
      source: { each: tenants }
      tables: { flow_logs: { copy: people, on: wa_id = wa_id, unowned: leave } }`);
    const drafted = await draft({ partial });
    expect(drafted.plan.tables['flow_logs']).toEqual(partial.tables['flow_logs']);
    expect(found(drafted, 'flow_errors')).toMatchObject({
      ways: [{ path: 'flow_log_id > flow_logs.wa_id > people.tenant_id > tenants', rows: 1 }],
    });
    expect(undecided(drafted)).toEqual([]);
  });
});

describe('a report', () => {
  it('says what a plan would do to each table, before anything is done', async () => {
    await database.load(`${TENANTS}
      CREATE TABLE orders (id integer PRIMARY KEY, number text UNIQUE, person_id integer, tenant_id integer);
      INSERT INTO orders SELECT p.id, p.id, p.id, p.tenant_id FROM people AS p;
      INSERT INTO orders VALUES (21, '21', 99, NULL), (22, '22', NULL, NULL), (23, '23', 1, 1);
      CREATE TABLE lines (id integer PRIMARY KEY, order_id integer REFERENCES orders); INSERT INTO lines VALUES (1, 1), (2, 22);`);
    const plan = `
      version: 1
      source: { each: tenants }
      tables:
        people: { copy: tenants }
        orders: { copy: [ { from: people, on: person_id = id }, { from: tenants, on: tenant_id = id } ], conflicts: quarantine }
        lines: { copy: orders }`;
    const drafted = await report(plan);
    const orders = drafted.tables.find(({ table }) => table === 'orders');
    expect(orders).toMatchObject({
      rows: 23,
      owned: 0,
      conflicts: 1,
      orphans: { 'ways disagree': 1, 'parent missing': 1, 'no parent': 1 },
      uniqueKeys: ['orders_number_key'],
      derivation: ['people on person_id = id', 'tenants on tenant_id = id'],
    });
    expect(drafted.tables.find(({ table }) => table === 'lines')?.orphans).toEqual({ 'parent has no organization': 1 });
    expect(orders?.locks.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(['expand', 'backfill', 'constrain', 'isolate', 'rescope', 'contract']),
    );
    expect(orders?.growth.table).toBeGreaterThan(0);
    expect(drafted.faults).toEqual([]);
    expect(describeReport(drafted)).toMatch(/orders.*23.*8\.0 kB|orders.*23/);
    expect(JSON.parse(JSON.stringify(drafted))).toEqual(drafted);
  });
});
