import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checksumsOf } from './support/retrofit-checksums.js';
import { command, killedAt, succeeds } from './support/retrofit-command.js';
import { DebianPostgres } from './support/retrofit-debian.js';
import { pgDump } from './support/retrofit-dump.js';
import { inbox, inboxPlan } from './support/retrofit-fixtures/inbox.js';
import { LiveApplication } from './support/retrofit-live.js';
import { schemaOf } from './support/retrofit-schema.js';
import { RetrofitDatabase } from './support/retrofit.js';

const REAL = '../shared/retrofit/schemas';

let database: RetrofitDatabase;
beforeEach(async () => {
  database = await RetrofitDatabase.make();
});
afterEach(() => database.stop());

describe('The fingerprint of a schema', () => {
  const SCHEMA = `
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
    CREATE TABLE parents (id serial PRIMARY KEY, size positive, mood mood, gone text);
    CREATE TABLE children (id bigint GENERATED ALWAYS AS IDENTITY, parent_id integer REFERENCES parents, twice integer GENERATED ALWAYS AS (parent_id * 2) STORED);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touch BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE VIEW report AS SELECT id FROM parents;
    COMMENT ON COLUMN parents.size IS 'how large';`;

  it.each([
    ['a column', 'ALTER TABLE parents ADD COLUMN organization_id text'],
    ['an index', 'CREATE INDEX ON children (parent_id)'],
    ['a trigger', 'CREATE TRIGGER again BEFORE INSERT ON parents FOR EACH ROW EXECUTE FUNCTION touch()'],
    ['a trigger that is switched off', 'ALTER TABLE parents DISABLE TRIGGER touch'],
    ['a right', 'GRANT SELECT ON parents TO PUBLIC'],
    ['a policy', 'CREATE POLICY mine ON parents USING (true)'],
    ['row-level security', 'ALTER TABLE parents ENABLE ROW LEVEL SECURITY'],
    ["a view's option", 'ALTER VIEW report SET (security_barrier = true)'],
    [
      "a function's body",
      `CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'`,
    ],
    ["a constraint's validity", 'ALTER TABLE children ADD CHECK (parent_id > 0) NOT VALID'],
    ["a sequence's step", 'ALTER SEQUENCE parents_id_seq INCREMENT 2'],
    ['a default', `ALTER TABLE parents ALTER gone SET DEFAULT 'x'`],
    ['a rule', 'CREATE RULE never AS ON DELETE TO parents DO INSTEAD NOTHING'],
    ['a comment', `COMMENT ON TABLE parents IS 'x'`],
    ['a schema', 'CREATE SCHEMA other'],
    ['a label', `ALTER TYPE mood ADD VALUE 'so so'`],
  ])('sees %s', async (_, change) => {
    await database.load(SCHEMA);
    const before = await schemaOf(database);
    expect(before).toContain('how large');
    await database.rows(change);
    expect(await schemaOf(database)).not.toBe(before);
  });

  it('sees nothing of what a dump would not show: a column that came and went, rights that came and went', async () => {
    await database.load(SCHEMA);
    const before = await schemaOf(database);
    await database.load(`
      ALTER TABLE parents ADD COLUMN organization_id text;
      ALTER TABLE parents DROP COLUMN organization_id;
      GRANT SELECT ON parents TO PUBLIC;
      REVOKE SELECT ON parents FROM PUBLIC;
      CREATE SCHEMA polydesk_retrofit;
      CREATE TABLE polydesk_retrofit.plan (id integer);`);
    expect(await schemaOf(database, ['polydesk_retrofit'])).toBe(before);
    expect(await schemaOf(database)).not.toBe(before);
  });
});

describe('Checksums', () => {
  it('do not depend on the order of rows or columns, and leave out what they are told to', async () => {
    await database.load(
      `CREATE TABLE "Order" (id int, "isOpen" bool); INSERT INTO "Order" VALUES (1, true), (2, false)`,
    );
    const before = await checksumsOf(database);
    expect(before['public."Order"']?.rows).toBe(2);
    await database.load(`
      ALTER TABLE "Order" ADD organization_id text;
      UPDATE "Order" SET organization_id = 'a' WHERE id = 1`);
    expect(await checksumsOf(database)).toEqual(before);
    await database.load(`UPDATE "Order" SET "isOpen" = NOT "isOpen"`);
    expect(await checksumsOf(database)).not.toEqual(before);
  });
});

describe('The live application', () => {
  const actions = [
    { name: 'insert', weight: 3, does: (n: number): [string, unknown[]][] => [['INSERT INTO notes VALUES ($1)', [n]]] },
    { name: 'fail', weight: 1, does: (): [string][] => [['SELECT 1'], ['INSERT INTO nowhere VALUES (1)']] },
  ];

  it('writes on, and tells what failed', async () => {
    await database.rows('CREATE TABLE notes (id int)');
    const application = await LiveApplication.start(database.url, { actions, perSecond: 200 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const report = await application.stop();
    expect(await database.count('SELECT count(*) FROM notes')).toBe(report.written['insert']);
    expect(report.errors[0]).toEqual({ action: 'fail', code: '42P01', message: 'relation "nowhere" does not exist' });
    expect(report.latencies).toHaveLength(report.total + report.errors.length);
    expect(report.total + report.errors.length).toBeGreaterThan(60);
  });
});

describe('A command', () => {
  it('says on which channel it said what, and how it ended', async () => {
    expect(await command(database, '--help')).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout, stderr } = await command(database, 'expand', '--plan', 'nowhere.yaml');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('nowhere.yaml');
    await expect(succeeds(database, 'expand', '--plan', 'nowhere.yaml')).rejects.toThrow('ended with 1');
  });

  it('is killed at a line, or ends before one comes', async () => {
    await database.load(inbox());
    const expand = ['expand', '--plan', await database.planFile(inboxPlan())];
    const { isKilled, lines } = await killedAt(database, expand, (line) => line.includes('done'));
    expect({ isKilled, last: lines.find((line) => line.includes('done')) }).toEqual({
      isKilled: true,
      last: expect.anything(),
    });
    expect(await killedAt(database, expand, () => false)).toMatchObject({ isKilled: false });
  });
});

(DebianPostgres.isInstalled ? describe : describe.skip)('An older server', () => {
  it('is dumped, and says the same by its fingerprint', async () => {
    const debian = await DebianPostgres.start();
    const old = await RetrofitDatabase.make(debian.url);
    try {
      await old.load('CREATE TABLE things (id serial PRIMARY KEY)');
      const [dump, schema] = [await pgDump(old.url), await schemaOf(old)];
      expect(dump).toContain('CREATE TABLE public.things');
      await old.load('ALTER TABLE things ADD x int; ALTER TABLE things DROP x');
      expect([await pgDump(old.url), await schemaOf(old)]).toEqual([dump, schema]);
    } finally {
      await old.stop();
      await debian.stop();
    }
  });
});

(existsSync(REAL) ? describe : describe.skip)('Scripts of real databases', () => {
  const names = existsSync(REAL) ? readdirSync(REAL) : [];
  it.each(names)('load: %s', async (name) => {
    const scripts = readdirSync(`${REAL}/${name}`).filter((file) => file.endsWith('.sql'));
    for (const script of scripts.toSorted()) await database.load(readFileSync(`${REAL}/${name}/${script}`, 'utf8'));
    const sums = await checksumsOf(database);
    expect(Object.values(sums).reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(3000);
    expect((await schemaOf(database)).split('\n').length).toBeGreaterThan(100);
  });
});
