import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BASELINE,
  LAN,
  LAST_BEFORE_INDEXES,
  MAI,
  fillBaseline,
  id,
  migrateUpTo,
  migrations,
} from './support/single-organization.js';
import { TestDatabase } from './support/test-database.js';

type Row = Record<string, unknown>;

const TABLES = ['users', 'chatbots', 'integrations', 'conversations', 'messages'];
const ORGANIZATION = 'org_default_001';

describe('Migrations', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await TestDatabase.create({ empty: true });
  });
  afterEach(() => database.drop());

  describe('from the baseline, with data in it', () => {
    let before: Record<string, Row[]>;
    beforeEach(async () => {
      await migrateUpTo(database, BASELINE);
      await fillBaseline(database);
      before = await everything();
    });

    it('keep every row, and give it an owner', async () => {
      await migrations(database).apply();
      const after = await everything();
      for (const table of TABLES) {
        expect(idsOf(after, table)).toEqual(idsOf(before, table));
        expect(after[table]?.map((row) => row['org_id'])).toEqual(before[table]?.map(() => ORGANIZATION));
      }
      const organizations = await database.rows('SELECT id, name, is_active FROM organizations');
      expect(organizations).toEqual([{ id: ORGANIZATION, name: 'default-org', is_active: true }]);
    });

    it('change nothing of a row but what organizations need', async () => {
      await migrations(database).apply();
      const after = await everything();
      const kept = (table: string, ...changed: string[]) => {
        const columns = Object.keys(before[table]?.[0] ?? {}).filter((column) => !changed.includes(column));
        const pick = (row: Row) => Object.fromEntries(columns.map((column) => [column, row[column]]));
        expect(after[table]?.map(pick)).toEqual(before[table]?.map(pick));
      };
      kept('users', 'role', 'username', 'email');
      kept('chatbots');
      kept('integrations');
      kept('messages');
      kept('conversations', 'customer_id', 'nick_name', 'customer_info');
      expect(await column('conversations', 'customer_key')).toEqual(
        before['conversations']?.map((c) => c['customer_id']),
      );
    });

    it('turn staff into agents, and give everybody a username to sign in by', async () => {
      await migrations(database).apply();
      const users = await database.rows('SELECT role, username, email FROM users ORDER BY id');
      expect(users).toEqual([
        { role: 'admin', username: 'lan', email: 'lan@example.com' },
        { role: 'admin', username: 'mai@example.com', email: 'mai@example.com' },
        { role: 'admin', username: id('a3'), email: null },
        { role: 'agent', username: 'minh', email: 'minh@example.com' },
        { role: 'agent', username: 'minh2', email: 'Minh@Example.com' },
        { role: 'agent', username: 'quan', email: null },
        { role: 'agent', username: 'orphan', email: null },
        { role: 'agent', username: id('a8'), email: 'stray@example.com' },
        { role: 'agent', username: 'stray@example.com', email: null },
      ]);
    });

    it('make a customer of everybody who wrote, and merge no two conversations', async () => {
      await migrations(database).apply();
      const conversations = await database.rows(
        `SELECT right(c.id::text, 2) AS id, c.platform, u.external_id, u.display_name, u.nick_name,
                right(c.integration_id::text, 2) AS page, c.customer_info ->> 'nick_name' AS own_nick_name
         FROM conversations c JOIN customers u ON u.org_id = c.org_id AND u.id = c.customer_id ORDER BY c.id`,
      );
      const tu = { external_id: '123', display_name: 'Tư', nick_name: 'Anh Tư', own_nick_name: null };
      const unnamed = { display_name: null, nick_name: null, own_nick_name: null };
      expect(conversations).toEqual([
        { id: 'd1', platform: 'facebook', page: 'c1', ...tu },
        { id: 'd2', platform: 'facebook', page: 'c1', ...unnamed, nick_name: 'Tư cũ', external_id: `123#${id('d2')}` },
        { id: 'd3', platform: 'zalo', page: 'c2', ...unnamed, external_id: '123' },
        { id: 'd4', platform: 'facebook', page: 'c3', ...tu },
        { id: 'd5', platform: 'facebook', page: 'c4', ...unnamed, external_id: '555' },
        { id: 'd6', platform: 'facebook', page: null, ...unnamed, external_id: '777' },
        { id: 'd7', platform: 'facebook', page: 'c1', ...unnamed, external_id: '888' },
      ]);
    });

    it('say of messages where they stand, and route the pages that are live', async () => {
      await migrations(database).apply();
      const messages = await database.rows('SELECT DISTINCT direction, status, sender_type FROM messages ORDER BY 1');
      expect(messages).toEqual([
        { direction: 'in', status: 'delivered', sender_type: 'customer' },
        { direction: 'out', status: 'sent', sender_type: 'user' },
      ]);
      const routes = await database.rows('SELECT platform, external_id, org_id FROM channel_routes ORDER BY 1, 2');
      expect(routes).toEqual([
        { platform: 'facebook', external_id: '100', org_id: ORGANIZATION },
        { platform: 'facebook', external_id: '400', org_id: ORGANIZATION },
        { platform: 'zalo', external_id: '100', org_id: ORGANIZATION },
      ]);
    });

    it('are finished by the next run where a row was in the way of one', async () => {
      const instagram = `INSERT INTO integrations (id, platform, oa_id) VALUES ($1, 'instagram', '900')`;
      await database.rows(instagram, [id('c9')]);
      const failed = /^Migration 20251227000500_organization_keys failed and left nothing behind: .*platform_check/;
      await expect(migrations(database).apply()).rejects.toThrow(failed);
      const { pending } = await migrations(database).status();
      expect(pending[0]).toBe('20251227000500_organization_keys');
      await database.rows(`UPDATE integrations SET platform = 'api' WHERE id = $1`, [id('c9')]);
      expect(await migrations(database).apply()).toEqual(pending);
      await expectComplete();
    });

    it('are finished by the next run where the connection was cut', async () => {
      const blocker = await database.owner.connect();
      await blocker.query('BEGIN; LOCK TABLE conversations IN ROW EXCLUSIVE MODE');
      const run = migrations(database).apply();
      await Promise.all([
        expect(run).rejects.toThrow('20251227000200_organization_columns'),
        cutOnceWaiting('conversations'),
      ]);
      await blocker.query('ROLLBACK');
      blocker.release();
      expect(await column('conversations', 'customer_id')).toEqual(
        before['conversations']?.map((c) => c['customer_id']),
      );
      const { applied } = await migrations(database).status();
      expect(applied).toEqual([BASELINE, '20251227000100_organizations']);
      await migrations(database).apply();
      await expectComplete();
    });

    it('are finished by the next run where an index was being built', async () => {
      await migrateUpTo(database, LAST_BEFORE_INDEXES);
      const blocker = await database.owner.connect();
      await blocker.query('BEGIN; LOCK TABLE messages IN ROW EXCLUSIVE MODE');
      const run = migrations(database).apply();
      await Promise.all([
        expect(run).rejects.toThrow('20251227000460_messages_organization_key'),
        cutOnceWaiting('messages_org_id_id_key'),
      ]);
      await blocker.query('ROLLBACK');
      blocker.release();
      expect(await invalidIndexes()).toEqual(['messages_org_id_id_key']);
      await migrations(database).apply();
      expect(await invalidIndexes()).toEqual([]);
      await expectComplete();
    });

    it('wait for each other where two are started', async () => {
      const names = (await migrations(database).status()).pending;
      const runs = await Promise.all([migrations(database).apply(), migrations(database).apply()]);
      expect(runs.toSorted((a, b) => a.length - b.length)).toEqual([[], names]);
      await expectComplete();
    });

    async function expectComplete(): Promise<void> {
      expect((await migrations(database).status()).pending).toEqual([]);
      const after = await everything();
      for (const table of TABLES) expect(idsOf(after, table)).toEqual(expect.arrayContaining(idsOf(before, table)));
      expect(await column('users', 'password_hash')).toEqual(before['users']?.map((user) => user['password_hash']));
    }
  });

  it('change nothing when they are run again', async () => {
    await migrateUpTo(database, BASELINE);
    await fillBaseline(database);
    await migrations(database).apply();
    const [rows, books] = [await everything(), await history()];
    expect(await migrations(database).apply()).toEqual([]);
    expect(await everything()).toEqual(rows);
    expect(await history()).toEqual(books);
  });

  it('tell of a database that was never touched, without touching it', async () => {
    const { applied, pending } = await migrations(database).status();
    expect(applied).toEqual([]);
    expect(pending[0]).toBe(BASELINE);
    expect(await tables()).toEqual([]);
  });

  it("refuse a database that is somebody else's", async () => {
    await database.rows('CREATE TABLE invoices (id integer)');
    const refused = /^The database is not empty and Polydesk did not make it \(tables: invoices\)/;
    await expect(migrations(database).apply()).rejects.toThrow(refused);
    await expect(migrations(database).status()).rejects.toThrow(refused);
    expect(await tables()).toEqual(['invoices']);
  });

  it("refuse another program's database that keeps the same books", async () => {
    await migrateUpTo(database, BASELINE);
    await database.rows(`UPDATE _prisma_migrations SET migration_name = '20240101000000_shop'`);
    await expect(migrations(database).apply()).rejects.toThrow(
      /^The database is not empty and Polydesk did not make it/,
    );
  });

  it('refuse a database that a newer version has migrated', async () => {
    await migrations(database).apply();
    await database.rows(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('1', '', '20990101000000_the_future', now(), 1)`,
    );
    const refused = /\(20990101000000_the_future\): start the newer version/;
    await expect(migrations(database).apply()).rejects.toThrow(refused);
    await expect(migrations(database).status()).rejects.toThrow(refused);
  });

  it('name a file that was edited after it was applied', async () => {
    await migrations(database).apply();
    await database.rows(`UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name = $1`, [BASELINE]);
    const { changed, pending } = await migrations(database).status();
    expect({ changed, pending }).toEqual({ changed: [BASELINE], pending: [] });
  });

  it('let nobody be written without an organization afterwards', async () => {
    await migrations(database).apply();
    const nameless = `INSERT INTO users (id, account_id, username, password_hash, role) VALUES ($1, $2, 'x', 'x', 'agent')`;
    await expect(database.rows(nameless, [LAN.id, MAI.id])).rejects.toThrow('null value in column "org_id"');
  });

  async function everything(): Promise<Record<string, Row[]>> {
    const read = async (table: string) => [table, await rowsOf(table)] as const;
    return Object.fromEntries(await Promise.all(TABLES.map(read)));
  }

  async function rowsOf(table: string): Promise<Row[]> {
    const rows = await database.rows<{ row: Row }>(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY id`);
    return rows.map(({ row }) => row);
  }

  async function column(table: string, name: string): Promise<unknown[]> {
    return (await rowsOf(table)).map((row) => row[name]);
  }

  function history(): Promise<Row[]> {
    return database.rows<Row>('SELECT * FROM _prisma_migrations ORDER BY migration_name');
  }

  async function tables(): Promise<string[]> {
    const rows = await database.rows<{ name: string }>(
      `SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }

  async function invalidIndexes(): Promise<string[]> {
    const rows = await database.rows<{ name: string }>(
      'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid',
    );
    return rows.map(({ name }) => name);
  }

  /** Ends the migrating session once it waits for a lock. */
  /** A statement before this one may wait too, for autovacuum: only one that names the object is cut. */
  async function cutOnceWaiting(object: string): Promise<void> {
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
      AND application_name = 'polydesk_migrate' AND wait_event_type = 'Lock' AND query LIKE '%${object}%'`;
    while ((await database.rows(cut)).length === 0) await delay(10);
  }
});

function idsOf(rows: Record<string, Row[]>, table: string): unknown[] {
  return (rows[table] ?? []).map((row) => row['id']);
}
