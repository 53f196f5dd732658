import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { backfill } from '../src/retrofit/backfill/backfill.js';
import { quarantine } from '../src/retrofit/backfill/quarantine.js';
import { sweep } from '../src/retrofit/backfill/sweep.js';
import { RetrofitError } from '../src/retrofit/retrofit-error.js';
import { eventually } from './support/eventually.js';
import { fromSource } from './support/from-source.js';
import { RetrofitDatabase } from './support/retrofit.js';
import { LiveApplication } from './support/retrofit-live.js';
import type { Action } from './support/retrofit-live.js';
import { expanded, workOn } from './support/retrofit-work.js';
import type { HeldWork } from './support/retrofit-work.js';

jest.setTimeout(180_000);

const CHAT = `
CREATE TABLE accounts (id int PRIMARY KEY, email text);
CREATE TABLE conversations (id serial PRIMARY KEY, account_id int NOT NULL REFERENCES accounts, title text);
CREATE TABLE messages (id bigserial PRIMARY KEY, conversation_id int REFERENCES conversations ON DELETE CASCADE, body text);
CREATE INDEX ON messages (conversation_id);
CREATE INDEX ON conversations (account_id);`;

const CHAT_PLAN = `
version: 1
source: { each: accounts, name: email }
tables:
  accounts: {}
  conversations: { copy: accounts }
  messages: { copy: conversations }
`;

const chatRows = (messages: number, conversations = 200): string => `
INSERT INTO accounts SELECT i, 'a' || i FROM generate_series(1, 20) i;
INSERT INTO conversations (account_id, title) SELECT 1 + i % 20, 't' || i FROM generate_series(1, ${conversations}) i;
INSERT INTO messages (conversation_id, body) SELECT 1 + (i * 7919) % ${conversations}, repeat('x', 60) FROM generate_series(1, ${messages}) i;
ANALYZE;`;

/** Rows that are nobody's, or another one's than their parent. */
const WRONG = `
SELECT (SELECT count(*) FROM conversations c JOIN accounts a ON a.id = c.account_id WHERE c.organization_id IS DISTINCT FROM a.organization_id)
  + (SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.organization_id IS DISTINCT FROM c.organization_id)
  + (SELECT count(*) FROM accounts WHERE organization_id IS DISTINCT FROM 'accounts-' || id)`;

const pick = (random: () => number, below: number): number => 1 + Math.floor(random() * below);

/** What an old application does all day; `n` never comes twice. */
const OLD_CODE: Action[] = [
  {
    name: 'write',
    weight: 6,
    does: (_, random) => [[`INSERT INTO messages (conversation_id, body) VALUES ($1, 'new')`, [pick(random, 200)]]],
  },
  {
    name: 'edit',
    weight: 4,
    does: (n, random) => [[`UPDATE messages SET body = $2 WHERE id = $1`, [pick(random, 30_000), `edited ${n}`]]],
  },
  { name: 'delete', weight: 2, does: (_, random) => [[`DELETE FROM messages WHERE id = $1`, [pick(random, 30_000)]]] },
  {
    name: 'hand over',
    weight: 2,
    does: (_, random) => [
      [`UPDATE conversations SET account_id = $2 WHERE id = $1`, [pick(random, 200), pick(random, 20)]],
    ],
  },
  {
    name: 'move',
    weight: 2,
    does: (_, random) => [
      [`UPDATE messages SET conversation_id = $2 WHERE id = $1`, [pick(random, 30_000), pick(random, 200)]],
    ],
  },
  {
    name: 'begin a conversation',
    weight: 2,
    does: (n, random) => [
      [`INSERT INTO conversations (id, account_id, title) VALUES ($1, $2, 'live')`, [100_000 + n, pick(random, 20)]],
      [`INSERT INTO messages (conversation_id, body) VALUES ($1, 'first'), ($1, 'second')`, [100_000 + n]],
    ],
  },
  {
    name: 'sign up',
    weight: 1,
    does: (n) => [
      [`INSERT INTO accounts VALUES ($1, 'live')`, [1000 + n]],
      [`INSERT INTO conversations (id, account_id) VALUES ($1, $2)`, [500_000 + n, 1000 + n]],
    ],
  },
  {
    name: 'upsert',
    weight: 2,
    does: (_, random) => [
      [
        `INSERT INTO accounts VALUES ($1, 'same') ON CONFLICT (id) DO UPDATE SET email = excluded.email`,
        [pick(random, 40)],
      ],
    ],
  },
];

describe('backfill', () => {
  let database: RetrofitDatabase;
  let work: HeldWork | undefined;
  let others: pg.Client[] = [];

  beforeEach(async () => {
    database = await RetrofitDatabase.make();
  });

  afterEach(async () => {
    await work?.close();
    await Promise.all(others.map((client) => client.end()));
    [work, others] = [undefined, []];
    await database.stop();
  });

  const other = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url, application_name: 'report' });
    await client.connect();
    others.push(client);
    return client;
  };

  const prepared = async (schema: string, plan: string): Promise<HeldWork> => {
    await database.load(schema);
    work = await expanded(database.url, plan);
    return work;
  };

  /** How many rows of a table are whose. */
  const ownersOf = async (table: string): Promise<Record<string, number>> => {
    const owners = await database.rows<{ org: string; rows: number }>(
      `SELECT organization_id AS org, count(*)::int AS rows FROM ${table} GROUP BY 1`,
    );
    return Object.fromEntries(owners.map(({ org, rows }) => [org, rows]));
  };

  const refusal = async (promise: Promise<unknown>): Promise<RetrofitError> => {
    const error = await promise.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof RetrofitError)) throw new Error(`No refusal: ${String(error)}`);
    return error;
  };

  it('gives every row its owner beside an application that knows nothing of it, and leaves nothing stale', async () => {
    await database.load(CHAT + chatRows(30_000));
    const live = await LiveApplication.start(database.url, { actions: OLD_CODE, perSecond: 100 });
    work = await expanded(database.url, CHAT_PLAN);
    await backfill(work);
    await live.writes(100);
    const report = await live.stop();
    expect(report.errors).toEqual([]);
    expect(Object.keys(report.written).toSorted()).toEqual(OLD_CODE.map(({ name }) => name).toSorted());
    expect(await database.count('SELECT count(*) FROM messages WHERE organization_id IS NULL')).toBe(0);
    await sweep(work);
    expect(await database.count(WRONG)).toBe(0);
  });

  it('goes on where it was after kill -9 in the middle of its batches, and ends with the same rows', async () => {
    await prepared(CHAT + chatRows(200_000, 2000), CHAT_PLAN);
    const plan = await database.planFile(CHAT_PLAN);
    let from = 0;
    for (let kills = 0; kills < 2; kills++) {
      const { line, env } = fromSource('test/support/retrofit-backfill-process.ts', {});
      const child = spawn(process.execPath, [...line, database.url, plan], { env, stdio: 'ignore' });
      const ended = once(child, 'close');
      await eventually(
        () =>
          database.count(`SELECT coalesce(max(next_block), 0) FROM polydesk_retrofit.passes WHERE holder = 'messages'`),
        (block) => block > from,
        60_000,
      );
      child.kill('SIGKILL');
      await ended;
      expect(child.signalCode).toBe('SIGKILL');
      // PostgreSQL ends the statement that was under way by itself.
      await eventually(
        () =>
          database.count(
            `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'polydesk retrofit' AND state <> 'idle'`,
          ),
        (active) => active === 0,
      );
      from = await database.count(`SELECT next_block FROM polydesk_retrofit.passes WHERE holder = 'messages'`);
      expect(await database.count(`SELECT count(*) FROM messages WHERE organization_id IS NOT NULL`)).toBe(
        await database.count(`SELECT rows_owned FROM polydesk_retrofit.passes WHERE holder = 'messages'`),
      );
    }
    expect(await database.count('SELECT count(*) FROM messages WHERE organization_id IS NULL')).toBeGreaterThan(0);
    work = await workOn(database.url, CHAT_PLAN);
    await backfill(work);
    expect(work.lines()).toContainEqual(expect.stringMatching(new RegExp(`^messages: goes on at block ${from} of `)));
    expect(await database.count(WRONG)).toBe(0);
    expect(await database.count(`SELECT rows_owned FROM polydesk_retrofit.passes WHERE holder = 'messages'`)).toBe(
      200_000,
    );
  });

  it('finds nothing more to do when it is run again', async () => {
    const { lines } = await prepared(CHAT + chatRows(500), CHAT_PLAN);
    await backfill(work as HeldWork);
    const before = lines().length;
    await backfill(work as HeldWork);
    expect(
      lines()
        .slice(before)
        .filter((line) => line.startsWith('  ')),
    ).toEqual(['  swept   round 1: nothing left to mend']);
  });

  it('reaches the ends of chains, circles between tables, inheritance, partitions, and tables without a key or with odd names', async () => {
    const held = await prepared(ODD, ODD_PLAN);
    await backfill(held);
    expect(await ownersOf('staff')).toEqual({ default: 1, 'firms-1': 30, 'firms-2': 1 });
    expect(await ownersOf('payments')).toEqual({ 'firms-1': 20, 'firms-2': 10 });
    expect(await ownersOf('"Order Lines"')).toEqual({ 'firms-1': 10, 'firms-2': 10 });
    expect(await ownersOf('visits')).toEqual({ 'firms-1': 50, 'firms-2': 50 });
    // The key of payments is one of each heir alone: 1 to 10 are three payments each, of two firms.
    expect(await database.count(`SELECT count(*) FROM receipts WHERE organization_id IS NOT NULL`)).toBe(0);
    expect(await database.count(`SELECT count(*) FROM rooms WHERE organization_id IS NULL`)).toBe(0);
    expect(held.lines()).toContainEqual(expect.stringContaining('pass 2'));
  });

  it('does not fire the application’s triggers', async () => {
    await prepared(CHAT + chatRows(2000) + TELLING_TRIGGER, CHAT_PLAN);
    await backfill(work as HeldWork);
    expect(await database.count('SELECT count(*) FROM told')).toBe(0);
    expect(await database.count(WRONG)).toBe(0);
    const [setting] = await (work as HeldWork).session.rows<{ role: string }>(
      `SELECT current_setting('session_replication_role') AS role`,
    );
    expect(setting?.role).toBe('origin');
  });

  it('refuses to begin where they would fire, names them, and goes on when they may', async () => {
    await prepared(
      `${CHAT}${chatRows(200)}${TELLING_TRIGGER} ALTER TABLE messages ENABLE ALWAYS TRIGGER tell;`,
      CHAT_PLAN,
    );
    const held = work as HeldWork;
    const error = await refusal(backfill(held));
    expect(error.message).toContain('--fire-triggers');
    expect(error.details).toEqual(['messages.tell']);
    expect(await database.count('SELECT count(*) FROM messages WHERE organization_id IS NOT NULL')).toBe(0);
    await backfill(held, { fireTriggers: true });
    expect(held.lines()).toContainEqual(
      expect.stringMatching(/^These triggers of the application fire .* messages\.tell$/),
    );
    expect(await database.count('SELECT count(*) FROM told')).toBe(200);
    expect(await database.count(WRONG)).toBe(0);
  });

  it('says how to get the right where the role may not silence triggers, and needs it for nothing where there are none', async () => {
    const role = await database.role('owner');
    await database.load(
      `GRANT CREATE ON DATABASE ${database.name} TO ${role.name}; GRANT ALL ON SCHEMA public TO ${role.name};`,
    );
    const owner = new pg.Client({ connectionString: role.url });
    await owner.connect();
    others.push(owner);
    await owner.query(CHAT + chatRows(300));
    work = await expanded(role.url, CHAT_PLAN);
    await owner.query(TELLING_TRIGGER);
    const error = await refusal(backfill(await work.refreshed()));
    expect(error.message).toContain('GRANT SET ON PARAMETER session_replication_role');
    expect(error.details).toEqual(['messages.tell']);
    await owner.query('DROP TRIGGER tell ON messages');
    await backfill(await work.refreshed());
    expect(await database.count(WRONG)).toBe(0);
  });

  it('goes around rows that somebody else has locked, and comes back for them', async () => {
    await prepared(CHAT + chatRows(20_000), CHAT_PLAN);
    const locker = await other();
    await locker.query('BEGIN; SELECT FROM messages WHERE id = 77 FOR UPDATE');
    const done = backfill(work as HeldWork);
    await eventually(
      () => (work as HeldWork).lines(),
      (lines) => lines.some((line) => line.includes('owned   messages: 19,999 rows')),
      60_000,
    );
    await eventually(
      () => (work as HeldWork).lines(),
      (lines) => lines.some((line) => /(waits for locks|older transactions).*report/.test(line)),
      60_000,
    );
    await locker.query('COMMIT');
    await done;
    expect(await database.count(WRONG)).toBe(0);
  });

  it('waits for transactions that were open when its passes ended, and names them', async () => {
    await prepared(CHAT + chatRows(100), CHAT_PLAN);
    const writer = await other();
    await writer.query(`BEGIN; INSERT INTO messages (conversation_id, body) VALUES (1, 'seen by nobody yet')`);
    const done = backfill(work as HeldWork);
    const lines = await eventually(
      () => (work as HeldWork).lines(),
      (all) => all.some((line) => line.includes('older transactions')),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^sweep: waits for older transactions: process \d+ \(report\)/));
    expect(lines).not.toContainEqual(expect.stringContaining('swept'));
    await writer.query('COMMIT');
    await done;
    expect(await database.count(WRONG)).toBe(0);
  });

  it('mends what two transactions made of it together: a child written while its parent moved', async () => {
    await prepared(CHAT + chatRows(100), CHAT_PLAN);
    await backfill(work as HeldWork);
    const [mover, writer] = [await other(), await other()];
    await mover.query('BEGIN; UPDATE conversations SET account_id = 1 + account_id % 20 WHERE id = 1');
    await writer.query(`INSERT INTO messages (conversation_id, body) VALUES (1, 'beside the move')`);
    await mover.query('COMMIT');
    expect(await database.count(WRONG)).toBe(1);
    await sweep(work as HeldWork);
    expect(await database.count(WRONG)).toBe(0);
    expect(
      (work as HeldWork)
        .lines()
        .filter((line) => line.startsWith('  swept'))
        .slice(-2),
    ).toEqual(['  swept   round 1: 1 rows mended', '  swept   round 2: nothing left to mend']);
  });

  it('lets a vacuum of the table go first', async () => {
    await prepared(CHAT + chatRows(60_000), CHAT_PLAN);
    const vacuumer = await other();
    await vacuumer.query(`SET vacuum_cost_delay = 20; SET vacuum_cost_limit = 20`);
    const vacuum = vacuumer.query('VACUUM (INDEX_CLEANUP ON) messages');
    await eventually(
      () =>
        database.count(
          `SELECT count(*) FROM pg_stat_progress_vacuum WHERE datname = current_database() AND relid = 'messages'::regclass`,
        ),
      (count) => count > 0,
    );
    await backfill(work as HeldWork);
    await vacuum;
    expect((work as HeldWork).lines()).toContainEqual(
      expect.stringMatching(/^messages: waits, it is being vacuumed \(process \d+\)/),
    );
    expect((work as HeldWork).lines()).toContainEqual(expect.stringMatching(/^messages: goes on after \d+ s/));
  });

  it('writes no more WAL than it may', async () => {
    await prepared(CHAT + chatRows(150_000), CHAT_PLAN);
    await backfill(work as HeldWork, { maxWalRate: 4 });
    expect((work as HeldWork).lines()).toContainEqual(
      expect.stringMatching(/: waits, the server writes \d+ MB\/s of WAL \(at most 4\)/),
    );
    expect(await database.count(WRONG)).toBe(0);
  });

  describe('quarantine', () => {
    const reasons = () =>
      database.rows<{ key: unknown; reason: string }>(
        `SELECT row_key AS key, reason FROM polydesk_retrofit.quarantine ORDER BY table_name, row_key::text`,
      );

    it('records every row without an owner, with its key and its reason, and stops where nobody said more', async () => {
      await prepared(DIRTY, DIRTY_PLAN(''));
      await backfill(work as HeldWork);
      const before = await database.rows(`SELECT * FROM tickets ORDER BY id`);
      const error = await refusal(quarantine(work as HeldWork));
      expect(error.message).toContain('unowned: leave');
      expect(error.details).toEqual([
        'tickets: 6 rows (2 parent missing, 1 breaks constraint tickets_text, 1 no parent, 1 several parents, 1 ways disagree), such as {"id": 2} {"id": 3} {"id": 4}',
      ]);
      expect(await reasons()).toEqual([
        { key: { ctid: '(0,2)' }, reason: 'parent has no organization' },
        { key: { id: 2 }, reason: 'no parent' },
        { key: { id: 3 }, reason: 'parent missing' },
        { key: { id: 4 }, reason: 'ways disagree' },
        { key: { id: 5 }, reason: 'several parents' },
        { key: { id: 6 }, reason: 'breaks constraint tickets_text' },
        { key: { id: 7 }, reason: 'parent missing' },
      ]);
      expect(await database.rows(`SELECT * FROM tickets ORDER BY id`)).toEqual(before);
    });

    it('leaves them where the plan says so, and forgets what has been mended since', async () => {
      await prepared(DIRTY, DIRTY_PLAN('unowned: leave'));
      await backfill(work as HeldWork);
      const [tickets, notes] = await quarantine(work as HeldWork).then((tables) =>
        tables.filter(({ rows }) => rows > 0),
      );
      expect(tickets).toMatchObject({ table: 'tickets', rows: 6, given: 0 });
      expect(notes).toMatchObject({ table: 'notes', rows: 1, reasons: { 'parent has no organization': 1 } });
      await database.rows(`UPDATE tickets SET firm_id = 1 WHERE id = 2`);
      const again = await quarantine(work as HeldWork);
      expect(again.find(({ table }) => table === 'tickets')).toMatchObject({ rows: 5 });
      expect(await database.count(`SELECT count(*) FROM tickets WHERE organization_id IS NULL`)).toBe(5);
    });

    it('gives them to the organization of the plan, and what hangs on them with them', async () => {
      await database.load(
        `${DIRTY} UPDATE tickets SET text = 'long enough' WHERE id = 6; ALTER TABLE tickets VALIDATE CONSTRAINT tickets_text;`,
      );
      work = await expanded(database.url, DIRTY_PLAN('unowned: { give: org_default }'));
      await backfill(work);
      const tables = await quarantine(work);
      expect(tables.find(({ table }) => table === 'tickets')).toMatchObject({ rows: 5, given: 5 });
      expect(tables.find(({ table }) => table === 'notes')).toMatchObject({ rows: 0 });
      expect(
        await database.rows(`SELECT organization_id AS org, count(*)::int FROM notes GROUP BY 1 ORDER BY 1`),
      ).toEqual([
        { org: 'firms-1', count: 1 },
        { org: 'org_default', count: 1 },
      ]);
    });

    it('gives nothing to an organization that does not exist', async () => {
      await prepared(DIRTY, DIRTY_PLAN('unowned: { give: nobody }'));
      await backfill(work as HeldWork);
      const error = await refusal(quarantine(work as HeldWork));
      expect(error.message).toContain('organization nobody, which does not exist');
      expect(await database.count(`SELECT count(*) FROM tickets WHERE organization_id IS NULL`)).toBe(6);
    });
  });
});

/** Tells of every update, in whose session it was. */
const TELLING_TRIGGER = `
CREATE TABLE told (who text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.told VALUES (current_setting('application_name')); RETURN NEW; END $$;
CREATE TRIGGER tell AFTER UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION tell();`;

/** A chain of bosses whose heads come last, a circle between staff and rooms, heirs, partitions, and rows without any key. */
const ODD = `
CREATE TABLE firms (id int PRIMARY KEY, name text);
INSERT INTO firms VALUES (1, 'one'), (2, 'two');
CREATE TABLE staff (id int PRIMARY KEY, boss_id int REFERENCES staff, firm_id int REFERENCES firms, room_id int);
CREATE TABLE rooms (id int PRIMARY KEY, keeper_id int REFERENCES staff);
INSERT INTO staff SELECT i, NULL, NULL, NULL FROM generate_series(1, 30) i;
UPDATE staff SET boss_id = id + 1 WHERE id < 30;
UPDATE staff SET firm_id = 1 WHERE id = 30;
INSERT INTO rooms SELECT i, i FROM generate_series(1, 30) i;
INSERT INTO staff VALUES (31, NULL, 2, NULL), (32, NULL, NULL, NULL);
ALTER TABLE staff ADD FOREIGN KEY (room_id) REFERENCES rooms;
INSERT INTO rooms VALUES (31, 31), (32, 32);
CREATE TABLE payments (id int PRIMARY KEY, staff_id int REFERENCES staff);
CREATE TABLE payments_old () INHERITS (payments);
CREATE TABLE payments_older () INHERITS (payments_old);
INSERT INTO payments SELECT i, 1 FROM generate_series(1, 10) i;
INSERT INTO payments_old SELECT i, 31 FROM generate_series(1, 10) i;
INSERT INTO payments_older SELECT i, 5 FROM generate_series(1, 10) i;
CREATE TABLE receipts (payment_id int);
INSERT INTO receipts VALUES (1), (10);
CREATE TABLE "Order Lines" ("Firm Id" int, "what" text);
INSERT INTO "Order Lines" SELECT 1 + i % 2, 'same' FROM generate_series(1, 20) i;
CREATE TABLE visits (at int, firm_id int) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (50);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (50) TO (100) PARTITION BY RANGE (at);
CREATE TABLE visits_2a PARTITION OF visits_2 DEFAULT;
INSERT INTO visits SELECT i, 1 + i % 2 FROM generate_series(0, 99) i;`;

const ODD_PLAN = `
version: 1
source: { each: firms, name: name, default: { id: default, name: Default } }
tables:
  firms: {}
  staff:
    copy: [{ from: firms }, { from: staff, on: boss_id = id }, { from: rooms }]
    conflicts: first
    default: true
  rooms: { copy: staff }
  payments: { copy: { from: staff, on: staff_id = id } }
  receipts: { copy: { from: payments, on: payment_id = id } }
  Order Lines: { copy: { from: firms, on: '"Firm Id" = id' } }
  visits: { copy: { from: firms, on: firm_id = id } }
`;

/** A row for each reason. Emails are no key: that of ticket 5 is two people's. */
const DIRTY = `
CREATE TABLE firms (id int PRIMARY KEY);
CREATE TABLE people (id int PRIMARY KEY, email text, firm_id int REFERENCES firms);
CREATE TABLE tickets (id int PRIMARY KEY, firm_id int, email text, text text);
CREATE TABLE notes (ticket_id int);
INSERT INTO firms VALUES (1), (2);
INSERT INTO people VALUES (1, 'ann', 1), (2, 'bob', 2), (3, 'cy', 1), (4, 'cy', 2);
INSERT INTO tickets VALUES (1, 1, 'ann', 'right'), (2, NULL, NULL, 'alone'), (3, 99, NULL, 'dangling'), (4, 1, 'bob', 'torn'),
  (5, NULL, 'cy', 'whose?'), (6, 1, NULL, ''), (7, 98, 'nobody', 'twice dangling');
INSERT INTO notes VALUES (1), (2);
ALTER TABLE tickets ADD CONSTRAINT tickets_text CHECK (length(text) > 2) NOT VALID;`;

const DIRTY_PLAN = (unowned: string): string => `
version: 1
source: { each: firms, default: { id: org_default, name: Default } }
tables:
  firms: {}
  people: { copy: firms }
  tickets:
    copy: [{ from: firms, on: firm_id = id }, { from: people, on: email = email }]
    conflicts: quarantine
    ${unowned}
  notes: { copy: { from: tickets, on: ticket_id = id }, nullable: true }
`;
