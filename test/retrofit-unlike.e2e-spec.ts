import { afterEach, describe, expect, it } from '@jest/globals';
import { command } from './support/retrofit-command.js';
import { checksumsOf } from './support/retrofit-checksums.js';
import { schemaOf } from './support/retrofit-schema.js';
import { Walk } from './support/retrofit-walk.js';

// What databases have that none of the fixtures has.

let walk: Walk;
afterEach(() => walk.stop());

const ACCOUNTS = `CREATE TABLE accounts (id uuid PRIMARY KEY, title text);
  INSERT INTO accounts SELECT md5('a' || i)::uuid, 'Account ' || i FROM generate_series(1, 3) i;`;

describe('Keys that know no case', () => {
  it('are compared as PostgreSQL compares them, wherever the extension is', async () => {
    walk = await Walk.begin(
      `CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions; ${ACCOUNTS}
       CREATE DOMAIN address AS extensions.citext;
       CREATE TABLE agents (email address PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts);
       CREATE TABLE logins (id integer PRIMARY KEY, email extensions.citext NOT NULL REFERENCES agents);
       CREATE TABLE audits (id integer PRIMARY KEY, who text);
       INSERT INTO agents SELECT 'Agent' || i || '@X.io', md5('a' || i)::uuid FROM generate_series(1, 3) i;
       INSERT INTO logins SELECT i, 'agent' || i || '@x.io' FROM generate_series(1, 3) i;
       INSERT INTO audits SELECT i, upper('agent' || i || '@x.io') FROM generate_series(1, 3) i;`,
      `version: 1
source: { each: accounts, name: title }
tables:
  accounts: {}
  agents: { copy: accounts }
  logins: { copy: agents }
  audits: { copy: agents, on: who = email }`,
    );
    const planned = JSON.parse(await walk.does('plan', '--report', '--json'));
    expect(planned.report.tables.map(({ orphans }: { orphans: object }) => orphans)).toEqual([{}, {}, {}, {}]);
    await walk.through('backfill');
    await walk.database.rows(`INSERT INTO audits VALUES (4, 'AGENT1@x.IO')`);
    await walk.through('contract');
    expect(await walk.database.count('SELECT count(*) FROM audits WHERE organization_id IS NULL')).toBe(0);
    const { tables, faults } = await walk.certificate();
    expect(tables.map(({ dangling }) => dangling)).toEqual([0, 0, 0, 0]);
    expect(faults).toEqual([]);
  });
});

describe('Names that PostgreSQL gives by itself', () => {
  it('are left to what had them: the CHECK of a column that was there before', async () => {
    walk = await Walk.begin(
      `CREATE TABLE organizations (id bigint PRIMARY KEY, name text); INSERT INTO organizations VALUES (1, 'one'), (2, 'two');
       CREATE TABLE people (id integer PRIMARY KEY, organization_id bigint REFERENCES organizations CHECK (organization_id > 0));
       INSERT INTO people VALUES (1, 1), (2, 2);`,
      'version: 1\nsource: { existing: true }\ntables: { people: { existing: true } }',
    );
    const before = await schemaOf(walk.database);
    await walk.through('contract');
    await expect(walk.database.rows('INSERT INTO people VALUES (3, -1)')).rejects.toThrow(
      'people_organization_id_check',
    );
    await walk.does('rollback');
    expect(await schemaOf(walk.database)).toBe(before);
  });

  it('are another for each table: sales.order_items is not sales_order.items', async () => {
    walk = await Walk.begin(
      `${ACCOUNTS} CREATE SCHEMA sales; CREATE SCHEMA sales_order;
       CREATE TABLE sales.order_items (id integer PRIMARY KEY, account uuid REFERENCES accounts);
       CREATE TABLE sales_order.items (id integer PRIMARY KEY, of integer REFERENCES sales.order_items);`,
      `version: 1
source: { each: accounts }
tables: { accounts: {}, sales.order_items: { copy: accounts }, sales_order.items: { copy: sales.order_items } }`,
    );
    await walk.through('expand');
    await walk.database.load(
      `INSERT INTO sales.order_items VALUES (1, md5('a2')::uuid); INSERT INTO sales_order.items VALUES (1, 1);
       INSERT INTO sales.order_items VALUES (2, md5('a3')::uuid); INSERT INTO sales_order.items VALUES (2, 2);`,
    );
    await walk.through('contract');
    const [first] = await walk.database.rows('SELECT organization_id FROM sales.order_items WHERE id = 1');
    expect(await walk.database.rows('SELECT organization_id FROM sales_order.items WHERE id = 1')).toEqual([first]);
    expect((await walk.certificate()).faults).toEqual([]);
  });
});

describe('Tables that go while the phases go on', () => {
  const SCRIPT = `${ACCOUNTS}
    CREATE TABLE events (account_id uuid NOT NULL REFERENCES accounts, at date NOT NULL, code text, UNIQUE (code, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE events_rest PARTITION OF events DEFAULT;
    CREATE TABLE drafts (id integer PRIMARY KEY, account_id uuid REFERENCES accounts, code text UNIQUE);
    CREATE TABLE draft_lines (id integer PRIMARY KEY, draft_id integer);
    INSERT INTO events SELECT md5('a' || 1 + i % 3)::uuid, '2024-06-01'::date + i * 10, i::text FROM generate_series(1, 60) i;
    INSERT INTO drafts SELECT i, md5('a' || i)::uuid, i::text FROM generate_series(1, 3) i;
    INSERT INTO draft_lines VALUES (1, 1), (2, 2);`;
  const PLAN = `version: 1
source: { each: accounts }
tables:
  accounts: {}
  events: { copy: accounts }
  drafts: { copy: accounts }
  draft_lines: { copy: drafts, on: draft_id = id, unowned: leave }`;
  const DROPS = 'DROP TABLE events_2024; DROP TABLE drafts;';

  it.each(['expand', 'backfill', 'constrain', 'rescope', 'contract'])(
    'hinder neither the next phase nor the way back: after %s',
    async (phase) => {
      walk = await Walk.begin(SCRIPT, PLAN);
      const without = await Walk.begin(SCRIPT + DROPS, PLAN);
      await walk.through(phase);
      await walk.database.load(DROPS);
      await walk.through('contract');
      expect((await walk.certificate()).faults).toEqual([]);
      expect(await walk.does('rollback')).toContain('Everything is as it was before');
      expect(await schemaOf(walk.database)).toBe(await schemaOf(without.database));
      expect(await checksumsOf(walk.database)).toEqual(await checksumsOf(without.database));
      await without.stop();
    },
    60_000,
  );
});

describe('A condition of the source', () => {
  it('that PostgreSQL does not understand is refused before anything is begun', async () => {
    walk = await Walk.begin(ACCOUNTS, `version: 1\nsource: { each: accounts, where: "titel = 'x'" }\ntables: {}`);
    const { code, stderr } = await command(walk, 'expand', '--plan', walk.plan);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('source.where: column "titel" does not exist'),
    });
    expect(await walk.database.count(`SELECT count(*) FROM pg_namespace WHERE nspname = 'polydesk_retrofit'`)).toBe(0);
  });

  it('means in the draft and the report what it means in the triggers', async () => {
    walk = await Walk.begin(
      `CREATE SCHEMA help; CREATE FUNCTION help.counts(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> ''x''';
       CREATE TABLE help.accounts (id integer PRIMARY KEY, title text); INSERT INTO help.accounts VALUES (1, 'a'), (2, 'x'), (3, 'b');`,
      `version: 1
source: { each: help.accounts, where: counts(title) }
tables: { help.accounts: { unowned: leave } }`,
    );
    expect(JSON.parse(await walk.does('plan', '--report', '--json')).report.tables[0]).toMatchObject({
      rows: 3,
      orphans: { 'no way to an organization': 1 },
    });
    await walk.through('quarantine');
    expect(await walk.database.count('SELECT count(organization_id) FROM help.accounts')).toBe(2);
  });
});

describe('A plan that was begun', () => {
  it('is reported on without its own columns as faults, and with what is owned by now', async () => {
    walk = await Walk.begin(ACCOUNTS, 'version: 1\nsource: { each: accounts }\ntables: {}');
    await walk.through('backfill');
    const { report } = JSON.parse(await walk.does('plan', '--report', '--json'));
    expect(report.faults).toEqual([]);
    expect(report.tables[0]).toMatchObject({ rows: 3, owned: 3 });
  });
});

describe('What a draft is told', () => {
  it('and does not fit is refused in a sentence', async () => {
    walk = await Walk.begin(ACCOUNTS, 'version: 1\nsource: { each: accounts }\ntables: {}');
    for (const [args, message] of [
      [['--each', 'account'], 'account: no such table; did you mean accounts?'],
      [['--each', 'accounts', '--name', 'titel'], 'accounts has no column titel; did you mean title?'],
      [['--each', 'accounts', '--existing'], 'not both'],
      [['--where', 'true'], '--each TABLE, which is missing'],
      [['--each', 'accounts', '--out', '/nowhere/at/all.yaml'], 'The plan cannot be written'],
    ] as const) {
      const { code, stderr } = await command(walk, 'plan', ...args);
      expect({ args, code, stderr }).toEqual({ args, code: 1, stderr: expect.stringContaining(message) });
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });
});

describe('Views in a schema of their own', () => {
  it('can be read by the application’s role, and keep what their options said', async () => {
    walk = await Walk.begin(
      `${ACCOUNTS} CREATE SCHEMA reports; CREATE VIEW reports.titles WITH (security_invoker = off) AS SELECT title FROM accounts;`,
      'version: 1\nsource: { each: accounts }\ntables: {}',
    );
    const before = await schemaOf(walk.database);
    await walk.through('contract');
    const [own] = await walk.database.rows<{ id: string }>('SELECT min(id) AS id FROM organizations');
    await walk.database.load(
      `BEGIN; SET LOCAL ROLE ${walk.database.applicationRole}; SET LOCAL app.organization_id = '${own?.id}';
       DO $$ BEGIN ASSERT (SELECT count(*) FROM reports.titles) = 1; END $$; ROLLBACK;`,
    );
    await walk.does('rollback');
    expect(await schemaOf(walk.database)).toBe(before);
  });
});

describe('Composite keys of text', () => {
  it('stand for an organization each, wherever their parts end', async () => {
    walk = await Walk.begin(
      `CREATE TABLE shops (region text, name text, PRIMARY KEY (region, name));
       INSERT INTO shops VALUES ('a-b', 'c'), ('a', 'b-c'), ('a', 'b\\'), ('EU', '1');`,
      'version: 1\nsource: { each: shops }\ntables: {}',
    );
    await walk.through('backfill');
    const ids = await walk.database.rows<{ id: string }>('SELECT organization_id AS id FROM shops ORDER BY 1');
    expect(new Set(ids.map(({ id }) => id)).size).toBe(4);
    expect(ids).toContainEqual({ id: 'shops-EU-1' });
  });
});

describe('Schemas of tenants with types, generated columns and conditions of their own', () => {
  const tenant = (schema: string) => `CREATE SCHEMA ${schema};
    CREATE TYPE ${schema}.state AS ENUM ('new', 'done'); CREATE DOMAIN ${schema}.address AS text CHECK (VALUE ~ '@');
    CREATE TABLE ${schema}.users (id serial PRIMARY KEY, email ${schema}.address NOT NULL, gone timestamptz, state ${schema}.state NOT NULL
      DEFAULT 'new' CHECK (state <> 'done' OR gone IS NULL), login text GENERATED ALWAYS AS (lower(email)) STORED, phone text);
    CREATE UNIQUE INDEX users_live ON ${schema}.users (lower(email)) WHERE gone IS NULL;
    CREATE TABLE ${schema}.notes (id serial PRIMARY KEY, subject_type text, subject_id integer);
    CREATE VIEW ${schema}.live AS SELECT * FROM ${schema}.users WHERE gone IS NULL;
    INSERT INTO ${schema}.users (email, phone) SELECT 'U' || i || '@x', '1' FROM generate_series(1, 3) i;`;
  const MERGE = ['merge-schemas', '--schemas', 't_*', '--into', 'app'];

  it('keep what can be kept, and it is told what cannot', async () => {
    walk = await Walk.begin(
      `${tenant('t_one')} ${tenant('"t_Two"')} UPDATE t_one.users SET phone = id; ALTER TABLE t_one.users ADD UNIQUE (phone);`,
      'version: 1\nsource: { schemas: "t_*" }\ntables: {}',
    );
    const { code, stdout, stderr } = await command(walk, ...MERGE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of [
      'users.email: the domain address becomes text',
      'users: the unique index users_live has a condition',
      'users: phone is not unique in t_Two',
      'notes.subject_id: no foreign key says what it points to',
      'live: a view; it is not taken over',
    ])
      expect(stdout).toContain(`differs  ${line}`);
    expect(
      await walk.database.rows(
        `INSERT INTO app.users (organization_id, email) VALUES ('t_one', 'New@x') RETURNING state::text, login`,
      ),
    ).toEqual([{ state: 'new', login: 'new@x' }]);
  });

  it('are left to what becomes of them: the plan that follows does not speak of them', async () => {
    walk = await Walk.begin(
      `${tenant('t_one')} ${tenant('t_two')}`,
      'version: 1\nsource: { existing: true }\ntables: {}',
    );
    expect((await command(walk, ...MERGE)).code).toBe(0);
    const { code, stdout } = await command(walk, 'plan', '--existing', '--json');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(stdout).plan.tables)).toContain('app.users');
    expect(stdout).not.toContain('t_one');
  });

  it('are not merged where a column has the name that the organization needs', async () => {
    walk = await Walk.begin(
      `${tenant('t_one')} ALTER TABLE t_one.notes ADD organization_id integer;`,
      'version: 1\nsource: { schemas: "t_*" }\ntables: {}',
    );
    const { code, stderr } = await command(walk, ...MERGE);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('notes.organization_id: the organization needs this name'),
    });
  });
});

describe('A rollback that cannot go on', () => {
  it('leaves a phase that is not done, and that can be done again', async () => {
    walk = await Walk.begin(
      `${ACCOUNTS} CREATE TABLE people (id serial PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, email text UNIQUE);
       INSERT INTO people (account_id, email) SELECT id, title FROM accounts;`,
      'version: 1\nsource: { each: accounts }\ntables: { people: { copy: accounts } }',
    );
    await walk.through('contract');
    const schema = await schemaOf(walk.database, ['polydesk_retrofit']);
    await walk.database.rows(
      `INSERT INTO people (account_id, email, organization_id) SELECT p.account_id, o.email, p.organization_id FROM people p, people o WHERE p.id = 1 AND o.id = 2`,
    );
    const { code, stderr } = await command(walk, 'rollback');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('people_email_key') });
    expect(await walk.does('status')).toMatch(/^contract +begun/m);
    await walk.through('contract');
    expect(await schemaOf(walk.database, ['polydesk_retrofit'])).toBe(schema);
    expect(await walk.through('contract')).toContain('Everything through contract is done already');
  });
});
