import type { Catalogue, Column, Table } from '../src/retrofit/catalogue/catalogue.js';
import { readCatalogue } from '../src/retrofit/catalogue/read-catalogue.js';
import { findTable, rootTables } from '../src/retrofit/catalogue/tables.js';
import { Session } from '../src/retrofit/database/session.js';
import { checkPlan } from '../src/retrofit/plan/plan-check.js';
import { parsePlan } from '../src/retrofit/plan/plan-file.js';
import { RetrofitDatabase } from './support/retrofit.js';
import { debianPostgres } from './support/retrofit-debian.js';
import type { DebianPostgres } from './support/retrofit-debian.js';

const SCHEMA = `
CREATE SCHEMA "Sales Dept"; CREATE SCHEMA polydesk_retrofit; CREATE TABLE polydesk_retrofit.plan (id int);
CREATE DOMAIN code AS varchar(9) NOT NULL; CREATE DOMAIN "Code 2" AS code; CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE users (id serial PRIMARY KEY, gone int, email text UNIQUE, role text, boss int REFERENCES users ON DELETE SET NULL, letters char(3));
ALTER TABLE users DROP COLUMN gone;
CREATE TABLE "Sales Dept"."Order" ("select" bigint GENERATED ALWAYS AS IDENTITY, "userId" int REFERENCES users, by_user int REFERENCES users,
  how mood, c "Code 2", cents int, euros numeric GENERATED ALWAYS AS (cents / 100.0) STORED, day date, PRIMARY KEY ("userId", "select"));
CREATE TABLE "dotted.name" (line text);
CREATE INDEX on_expression ON users (lower(email), id DESC) INCLUDE (role) WHERE role IS NOT NULL;
CREATE TABLE parts (user_id int, at int) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (2) TO (3) PARTITION BY LIST (at);
CREATE TABLE parts_2_2 PARTITION OF parts_2 FOR VALUES IN (2);
ALTER TABLE parts_1 ADD FOREIGN KEY (user_id) REFERENCES users; ALTER TABLE parts_2_2 ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
ALTER TABLE parts_1 ADD CONSTRAINT alone FOREIGN KEY (at) REFERENCES users;
CREATE TABLE base (id int, user_id int); CREATE TABLE heir () INHERITS (base);
CREATE RULE heirs AS ON INSERT TO base DO INSTEAD INSERT INTO heir VALUES (NEW.*);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER on_any BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER on_some BEFORE UPDATE OF email ON users FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE VIEW first_view AS SELECT id, email FROM users; CREATE VIEW second_view AS SELECT count(*) FROM first_view, "Sales Dept"."Order";
CREATE MATERIALIZED VIEW stored AS SELECT * FROM second_view;
CREATE FUNCTION "Sales Dept".definer(a int, b text DEFAULT '') RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION "Sales Dept".definer FROM PUBLIC;
CREATE UNLOGGED TABLE unlogged (user_id int); GRANT SELECT (user_id) ON unlogged TO PUBLIC;
ALTER TABLE unlogged ENABLE ROW LEVEL SECURITY; CREATE POLICY some_rows ON unlogged USING (true);
CREATE FOREIGN DATA WRAPPER away; CREATE SERVER far FOREIGN DATA WRAPPER away;
CREATE FOREIGN TABLE far_away (id int) SERVER far;
`;

describe.each([
  ['the built-in PostgreSQL', false],
  ["Debian's PostgreSQL 15", true],
])('the catalogue of %s', (_, isDebian) => {
  let server: DebianPostgres | null = null;
  let database: RetrofitDatabase | undefined;
  let catalogue: Catalogue | undefined;

  beforeAll(async () => {
    server = isDebian ? await debianPostgres() : null;
    if (isDebian && !server) return;
    database = await RetrofitDatabase.make(server?.url);
    await database.load(SCHEMA);
    catalogue = await readAs(database.url);
  });

  afterAll(async () => {
    await database?.stop();
    await server?.stop();
  });

  const table = (name: string): Table => {
    const found = catalogue && findTable(catalogue, name);
    if (!found) throw new Error(`No ${name}`);
    return found;
  };
  const column = (of: string, name: string): Column | undefined => table(of).columns.find((each) => each.name === name);
  const test = (does: string, run: () => void | Promise<void>) => it(does, async () => catalogue && run());

  test('names tables as plans do, and leaves out what is not the users’', () => {
    expect(catalogue?.tables.map(({ name }) => name)).toEqual([
      '"dotted.name"',
      'Sales Dept.Order',
      'base',
      'heir',
      'parts',
      'parts_1',
      'parts_2',
      'parts_2_2',
      'unlogged',
      'users',
    ]);
    expect(catalogue && rootTables(catalogue).map(({ name }) => name)).not.toContain('heir');
    expect(catalogue?.foreignTables).toEqual([{ name: 'far_away', parentOid: null }]);
    expect(table('Sales Dept.Order').sql).toBe('"Sales Dept"."Order"');
    expect(catalogue?.role).toMatchObject({ isSuperuser: true, maySilenceTriggers: true, mayKeepJournal: true });
  });

  test('knows columns: domains, enums, generated ones, and none that was dropped', () => {
    expect(table('users').columns.map(({ name }) => name)).toEqual(['id', 'email', 'role', 'boss', 'letters']);
    expect(column('users', 'letters')).toMatchObject({ type: 'character(3)', baseType: 'bpchar', isNullable: true });
    expect(column('Sales Dept.Order', 'c')).toMatchObject({
      type: 'public."Code 2"',
      baseType: 'character varying',
      isNullable: false,
    });
    expect(column('Sales Dept.Order', 'how')).toMatchObject({ baseType: 'public.mood' });
    expect(column('Sales Dept.Order', 'euros')).toMatchObject({ isGenerated: true, default: null });
    expect(column('Sales Dept.Order', 'select')).toMatchObject({ isIdentity: true, isNullable: false });
    expect(table('Sales Dept.Order').primaryKey).toEqual(['userId', 'select']);
    expect(table('base').primaryKey).toBeNull();
  });

  test('gives a partitioned table the foreign keys that all of its partitions have', () => {
    expect(table('parts').foreignKeys).toEqual([
      expect.objectContaining({
        columns: ['user_id'],
        references: table('users').oid,
        isOfPartitions: true,
        isValidated: false,
      }),
    ]);
    expect(table('heir')).toMatchObject({ parentOid: table('base').oid, isPartition: false });
    expect(table('base').rules).toEqual(['heirs']);
  });

  test('knows indexes, triggers, rights and policies', () => {
    const index = table('users').indexes.find(({ name }) => name === 'on_expression');
    expect(index).toMatchObject({
      columns: [null, 'id'],
      isPartial: true,
      isUnique: false,
      method: 'btree',
      constraint: null,
    });
    expect(table('users').indexes.find(({ name }) => name === 'users_email_key')?.constraint).toMatchObject({
      kind: 'unique',
    });
    expect(table('users').triggers).toEqual([expect.objectContaining({ name: 'on_some', firesOnUpdate: false })]);
    expect(table('parts_2_2').triggers).toEqual([
      expect.objectContaining({ name: 'on_any', firesOnUpdate: true, enabled: 'O' }),
    ]);
    expect(table('unlogged')).toMatchObject({
      grantees: ['public'],
      rowSecurity: { isEnabled: true, policies: ['some_rows'] },
    });
  });

  test('follows views of views, and finds functions with their owner’s rights', () => {
    const reads = [table('users').oid, table('Sales Dept.Order').oid].toSorted((one, other) => one - other);
    expect(catalogue?.views.find(({ name }) => name === 'stored')).toMatchObject({ isMaterialized: true, reads });
    expect(catalogue?.definerFunctions).toEqual([
      expect.objectContaining({ signature: '"Sales Dept".definer(integer, text)', isPublic: false }),
    ]);
  });

  test('says which tables a role may not read or alter', async () => {
    const stranger = await database?.role('stranger');
    const theirs = await readAs(stranger?.url ?? '');
    expect(findTable(theirs, 'users')).toMatchObject({ mayBeRead: false, mayBeAltered: false });
    expect(theirs.role).toMatchObject({ isSuperuser: false, maySilenceTriggers: false });
    const faults = checkPlan(parsePlan('version: 1\nsource: { each: users }\ntables: { users: {} }'), theirs);
    expect(faults).toContainEqual(
      expect.stringMatching(/^tables.users: belongs to \w+, and \w+_stranger may not alter it/),
    );
  });

  test('holds a plan against the database', () => {
    expect(
      checked(
        '{ each: users, name: emial }',
        `
  users: { copy: users }
  heir: { shared: true }
  ordr: { shared: true }
  Order: { shared: true }
  first_view: { shared: true }
  far_away: { shared: true }
  Sales Dept.Order: { copy: users }
  parts: { copy: [users, base] }
  base: { copy: users, on: user_id = emale }
  unlogged: { default: true }`,
      ),
    ).toEqual([
      'source.name: users has no column emial; did you mean email?',
      'tables.heir: inherits from base; expected base, which stands for both',
      'tables.ordr: no such table',
      'tables.Order: no such table; did you mean Sales Dept.Order?',
      'tables.first_view: a view; expected a table, since only tables have rows',
      'tables.far_away: a foreign table, whose rows are in another database',
      'tables.Sales Dept.Order.copy.on: expected one of by_user = id, or userId = id, since Sales Dept.Order has several foreign keys to users',
      'tables.parts.copy[1].on: expected columns, as in base_key = key, since parts has no foreign key to base',
      "tables.parts.conflicts: expected first or quarantine, since the 2 ways of copy may disagree ('retrofit plan' counts the rows)",
      'tables.base.copy.on: users has no column emale; did you mean email?',
      'tables.unlogged.default: expected source.default, which says which organization that is',
      'tables."dotted.name": not decided: copy, shared, nullable or default',
    ]);
    expect(checked('{ each: users }', '\n  base: { copy: base, on: id = user_id }').at(0)).toMatch(
      /^tables.base.copy: leads to no organization \(base <- base\)/,
    );
    expect(
      checked('{ each: users }', `\n  Sales Dept.Order: { copy: users, on: day = id and euros = id }`).slice(0, 2),
    ).toEqual([
      'tables.Sales Dept.Order.copy.on: Sales Dept.Order.day (date) cannot be compared with users.id (integer)',
      expect.stringContaining('Sales Dept.Order.euros is generated'),
    ]);
    expect(checked('{ existing: true }', '\n  users: { existing: true }').slice(0, 2)).toEqual([
      'organization.table: no such table (source.existing says that organizations exist)',
      'tables.users.existing: expected a column organization_id in the table, found none',
    ]);
    expect(
      checked('{ default: { id: a, name: b } }', '', 'organization: { table: users, column: role }').slice(0, 2),
    ).toEqual([
      'organization.id: expected a column of type text or uuid, since organizations are made, found integer',
      'organization.table: expected a column name in users, since organizations are made',
    ]);
  });

  function checked(source: string, tables: string, more = ''): string[] {
    if (!catalogue) throw new Error('No catalogue');
    return checkPlan(parsePlan(`version: 1\nsource: ${source}\n${more}\ntables:${tables || ' {}'}`), catalogue);
  }
});

async function readAs(url: string): Promise<Catalogue> {
  const session = await Session.open(url);
  try {
    return await readCatalogue(session);
  } finally {
    await session.close();
  }
}
