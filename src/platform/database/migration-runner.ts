import pg from 'pg';
import { MigrationHistory, readMigrations } from './migration-history.js';
import type { Migration } from './migration-history.js';
import { messageOf } from '../errors/thrown.js';

/** The lock that Prisma's schema engine takes too, so that its `migrate deploy` and ours never run side by side. */
const PRISMA_ADVISORY_LOCK = 72_707_369;
const CONCURRENT_INDEX = /\bINDEX CONCURRENTLY (\w+)/;

/** A migration failed, or the database is not one that these migrations can be applied to. */
export class MigrationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MigrationError';
  }
}

export interface MigrationStatus {
  applied: string[];
  pending: string[];
  /** Applied, and edited since: harmless, but the file no longer tells what was done. */
  changed: string[];
}

/** Applies `prisma/migrations` without Prisma's downloaded engine, keeping its books. */
export class MigrationRunner {
  constructor(
    private readonly url: string,
    private readonly directory: string,
  ) {}

  async status(): Promise<MigrationStatus> {
    return this.withClient(async (client) =>
      this.compare(await readMigrations(this.directory), await MigrationHistory.open(client)),
    );
  }

  /** Applies what is pending, one at a time, each whole or not at all. `upTo` stops after the migration of that name. */
  async apply(onProgress: (name: string) => void = () => undefined, upTo?: string): Promise<string[]> {
    return this.alone((client) => this.applyPending(client, onProgress, upTo));
  }

  private async applyPending(client: pg.Client, onProgress: (name: string) => void, upTo?: string): Promise<string[]> {
    await this.refuseForeign(client);
    const migrations = await readMigrations(this.directory);
    const history = await MigrationHistory.open(client);
    const pending = this.compare(migrations, history).pending.filter((name) => upTo === undefined || name <= upTo);
    await history.closeUnfinished();
    for (const migration of migrations.filter(({ name }) => pending.includes(name))) {
      onProgress(migration.name);
      await this.applyOne(client, history, migration);
    }
    return pending;
  }

  private compare(migrations: Migration[], history: MigrationHistory): MigrationStatus {
    const unknown = history.unknownTo(migrations);
    if (unknown.length > 0)
      throw new MigrationError(
        `The database has migrations that this Polydesk does not know (${unknown.join(', ')}): start the newer version that applied them`,
      );
    const applied = migrations.filter((migration) => history.isApplied(migration));
    return {
      applied: applied.map(({ name }) => name),
      pending: migrations.filter((migration) => !applied.includes(migration)).map(({ name }) => name),
      changed: history.changedSince(migrations),
    };
  }

  private async applyOne(client: pg.Client, history: MigrationHistory, migration: Migration): Promise<void> {
    const index = CONCURRENT_INDEX.exec(migration.script)?.[1];
    try {
      if (index === undefined) await inTransaction(client, () => this.runWhole(client, history, migration));
      else await this.buildIndex(client, history, migration, index);
    } catch (error) {
      throw new MigrationError(
        `Migration ${migration.name} failed and left nothing behind: ${messageOf(error)}. Mend the cause and run it again`,
        error,
      );
    }
  }

  private async runWhole(client: pg.Client, history: MigrationHistory, migration: Migration): Promise<void> {
    await client.query(`SET LOCAL lock_timeout = '10s'`);
    const id = await history.start(migration);
    await client.query(migration.script);
    await history.finish(id);
  }

  /** An index build that died leaves an invalid index of that name: it is dropped and built anew. */
  private async buildIndex(
    client: pg.Client,
    history: MigrationHistory,
    migration: Migration,
    index: string,
  ): Promise<void> {
    await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${client.escapeIdentifier(index)}`);
    const id = await history.start(migration);
    await client.query(migration.script);
    await history.finish(id);
  }

  /** A database with tables but without migration history is somebody else's, or was made by hand. */
  private async refuseForeign(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ tables: string | null; managed: boolean }>(
      `SELECT (SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public') AS tables,
              to_regclass('public._prisma_migrations') IS NOT NULL AS managed`,
    );
    if (rows[0]?.tables && !rows[0].managed)
      throw new MigrationError(
        `The database is not empty and Polydesk did not make it (tables: ${rows[0].tables}): name an empty one in DATABASE_URL`,
      );
  }

  /** The lock is held by a transaction of its own connection, so that it also holds behind a transaction pooler. */
  private async alone<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.withClient((lock) =>
      inTransaction(lock, async () => {
        // Without parameters: those leave a portal with a snapshot open, which CREATE INDEX CONCURRENTLY would wait for.
        await lock.query(`SELECT pg_advisory_xact_lock(${PRISMA_ADVISORY_LOCK})`);
        return this.withClient(work);
      }),
    );
  }

  private async withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'polydesk_migrate' });
    client.on('error', () => undefined); // The query under way rejects with the same error.
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
