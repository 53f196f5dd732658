import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { checksumsOf } from './support/retrofit-checksums.js';
import type { TableSum } from './support/retrofit-checksums.js';
import { command, killedAfter, killedAt } from './support/retrofit-command.js';
import { eventually } from './support/eventually.js';
import { schemaOf } from './support/retrofit-schema.js';
import { Walk } from './support/retrofit-walk.js';

/** One of each kind of thing that steps make, and rows enough for each way of owning them. */
const SCHEMA = `
CREATE TABLE admins (id integer PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE customers (id serial PRIMARY KEY, admin_id integer NOT NULL REFERENCES admins, code text UNIQUE);
CREATE TABLE folders (id integer PRIMARY KEY, parent integer REFERENCES folders, customer_id integer REFERENCES customers);
CREATE TABLE visits (code text, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW coded AS SELECT code FROM customers;
INSERT INTO admins SELECT i, 'a' || i || '@example.com' FROM generate_series(1, 3) i;
INSERT INTO customers (admin_id, code) SELECT 1 + i % 3, 'C' || i FROM generate_series(1, 50) i;
INSERT INTO folders SELECT i, CASE WHEN i > 5 THEN i - 5 END, CASE WHEN i <= 5 THEN i END FROM generate_series(1, 40) i;
INSERT INTO folders VALUES (99, NULL, NULL);
INSERT INTO visits SELECT 'C' || i, '2025-01-01'::date + i FROM generate_series(1, 60) i;
`;
const PLAN = `version: 1
source: { each: admins, name: email }
tables:
  admins: {}
  customers: { copy: admins }
  folders: { copy: [customers, { from: folders, on: parent = id }], conflicts: first, unowned: leave }
  visits: { copy: customers, on: code = code, unowned: leave }
`;

/** What a database holds, the tool's own books of it included, and what it is made of: without names and times of its own. */
interface State {
  sums: Record<string, TableSum>;
  schema: string;
  books: unknown[];
}

async function stateOf(walk: Walk): Promise<State> {
  const schema = await schemaOf(walk.database, ['polydesk_retrofit']);
  return {
    sums: await checksumsOf(walk.database, ['created_at']),
    schema: schema.replaceAll(walk.database.applicationRole, 'app'),
    books: await walk.database.rows(
      `SELECT table_name, row_key, reason FROM polydesk_retrofit.quarantine ORDER BY table_name, row_key`,
    ),
  };
}

/** Times and numbers of rows that a resumed command does not do again are no news. */
const plain = (line: string): string => line.replace(/\d[\d,]*/g, '#');

/** Runs a command again and again, and kills each at the first line that no earlier one has said. How often; then it ended by itself. */
async function killedAtEveryLine(walk: Walk, ...args: string[]): Promise<number> {
  const known = new Set<string>();
  for (let kills = 0; ; kills++) {
    const { isKilled, lines } = await killedAt(walk, [...args, '--plan', walk.plan], (line) => !known.has(plain(line)));
    for (const line of lines) known.add(plain(line));
    if (!isKilled) return kills;
  }
}

describe('Killed at every step, and run again', () => {
  let walk: Walk;
  let before: { schema: string; sums: Record<string, TableSum> };
  let undisturbed: State;

  beforeAll(async () => {
    const other = await Walk.begin(SCHEMA, PLAN);
    await other.through('contract');
    undisturbed = await stateOf(other);
    await other.stop();
    walk = await Walk.begin(SCHEMA, PLAN);
    before = { schema: await schemaOf(walk.database), sums: await checksumsOf(walk.database, []) };
  });
  afterAll(() => walk.stop());

  it('through all phases it comes to what an undisturbed run comes to', async () => {
    const kills = await killedAtEveryLine(walk, 'run', '--through', 'contract');
    expect(kills).toBeGreaterThan(40);
    expect(await stateOf(walk)).toEqual(undisturbed);
    expect((await walk.certificate()).faults).toEqual([]);
  }, 240_000);

  it('rollback leaves everything as it was', async () => {
    const kills = await killedAtEveryLine(walk, 'rollback');
    expect(kills).toBeGreaterThan(30);
    expect(await schemaOf(walk.database)).toBe(before.schema);
    expect(await checksumsOf(walk.database, [])).toEqual(before.sums);
  }, 240_000);
});

describe('Killed at any moment, and run again', () => {
  it('comes to the same, and back', async () => {
    const walk = await Walk.begin(SCHEMA, PLAN);
    const before = await schemaOf(walk.database);
    for (let ms = 150; await killedAfter(walk, ['run', '--through', 'contract', '--plan', walk.plan], ms); ms += 23);
    await walk.through('contract');
    expect((await walk.certificate()).faults).toEqual([]);
    for (let ms = 150; await killedAfter(walk, ['rollback'], ms); ms += 23);
    const { stdout, stderr } = await command(walk, 'rollback');
    expect(stdout + stderr).toContain('There is nothing to take back');
    expect(await schemaOf(walk.database)).toBe(before);
    await walk.stop();
  }, 240_000);
});

describe('Killed while an index is being built', () => {
  it('drops what is left of it, and builds it again', async () => {
    const walk = await Walk.begin(SCHEMA, PLAN);
    await walk.through('isolate');
    const old = new pg.Client({ connectionString: walk.database.url });
    await old.connect();
    await old.query('BEGIN; LOCK TABLE customers IN ROW EXCLUSIVE MODE; SELECT txid_current()');
    try {
      expect((await killedAt(walk, ['rescope'], (line) => line.includes('waits for process'))).isKilled).toBe(true);
      const sessions = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'polydesk retrofit'`;
      await eventually(
        () => walk.database.count(sessions),
        (count) => count === 0,
      );
      expect(await walk.database.count('SELECT count(*) FROM pg_index WHERE NOT indisvalid')).toBe(1);
    } finally {
      await old.query('COMMIT');
      await old.end();
    }
    expect(await walk.does('rescope')).toContain('an index was left half built; it is dropped and built again');
    expect(await walk.database.count('SELECT count(*) FROM pg_index WHERE NOT indisvalid')).toBe(0);
    await walk.stop();
  });
});
