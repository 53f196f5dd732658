import type pg from 'pg';
import { MigrationHistory, readMigrations } from './migration-history.js';
import type { Migration } from './migration-history.js';
import { MigrationError, applyMigration } from './migration-script.js';
import { alone, withOwner } from './owner-client.js';

/** The lock that Prisma's schema engine takes too, so that its `migrate deploy` and ours never run side by side. */
const PRISMA_ADVISORY_LOCK = 72_707_369;
const APPLICATION = 'polydesk_migrate';

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

  /** Only looks. Throws {@link MigrationError} where these migrations cannot be applied. */
  async status(): Promise<MigrationStatus> {
    return withOwner(this.url, APPLICATION, async (client) => (await this.look(client)).status);
  }

  /** Applies what is pending, one at a time, each whole or not at all. `upTo` stops after the migration of that name. */
  async apply(onProgress: (name: string) => void = () => undefined, upTo?: string): Promise<string[]> {
    return alone(this.url, PRISMA_ADVISORY_LOCK, () =>
      withOwner(this.url, APPLICATION, (client) => this.applyPending(client, onProgress, upTo)),
    );
  }

  private async applyPending(client: pg.Client, onProgress: (name: string) => void, upTo?: string): Promise<string[]> {
    const { status, history, migrations } = await this.look(client);
    const pending = status.pending.filter((name) => upTo === undefined || name <= upTo);
    await history.create();
    await history.closeUnfinished();
    for (const migration of migrations.filter(({ name }) => pending.includes(name))) {
      onProgress(migration.name);
      await applyMigration(client, history, migration);
    }
    return pending;
  }

  private async look(client: pg.Client) {
    const migrations = await readMigrations(this.directory);
    const history = await MigrationHistory.read(client);
    const status = compare(migrations, history);
    if (status.applied.length === 0) await refuseForeign(client, history.unknownTo(migrations));
    refuseAhead(history.unknownTo(migrations));
    return { status, history, migrations };
  }
}

function compare(migrations: Migration[], history: MigrationHistory): MigrationStatus {
  const applied = migrations.filter((migration) => history.isApplied(migration));
  return {
    applied: applied.map(({ name }) => name),
    pending: migrations.filter((migration) => !applied.includes(migration)).map(({ name }) => name),
    changed: history.changedSince(migrations),
  };
}

/** A database that has tables and none of our migrations is somebody else's, or was made by hand. */
async function refuseForeign(client: pg.Client, itsMigrations: string[]): Promise<void> {
  const { rows } = await client.query<{ tables: string | null }>(
    `SELECT string_agg(tablename, ', ' ORDER BY tablename) AS tables
     FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
  );
  const found = rows[0]?.tables ? `tables: ${rows[0].tables}` : `migrations: ${itsMigrations.join(', ')}`;
  if (rows[0]?.tables || itsMigrations.length > 0)
    throw new MigrationError(
      `The database is not empty and Polydesk did not make it (${found}): name an empty one in DATABASE_URL`,
    );
}

function refuseAhead(unknown: string[]): void {
  if (unknown.length > 0)
    throw new MigrationError(
      `The database has migrations that this Polydesk does not know (${unknown.join(', ')}): start the newer version that applied them`,
    );
}
