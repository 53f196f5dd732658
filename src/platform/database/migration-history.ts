import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';

/** One folder of `prisma/migrations`. */
export interface Migration {
  name: string;
  script: string;
  checksum: string;
}

/** What `_prisma_migrations` says of one attempt. */
interface Attempt {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  rolled_back_at: Date | null;
}

/** The migrations of a directory, oldest first. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const script = await readFile(join(directory, name, 'migration.sql'), 'utf8');
  return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
}

/**
 * Prisma's own book-keeping, so that `prisma migrate deploy` and `status` agree with us both ways.
 * Source: Prisma schema engine, `_prisma_migrations` (columns, SHA-256 of the file, meaning of the dates).
 */
export class MigrationHistory {
  private constructor(
    private readonly client: pg.ClientBase,
    private readonly attempts: Attempt[],
  ) {}

  /** What is written there. Writes nothing: the database may be somebody else's. */
  static async read(client: pg.ClientBase): Promise<MigrationHistory> {
    const exists = await client.query(`SELECT FROM pg_class WHERE oid = to_regclass('_prisma_migrations')`);
    if (exists.rowCount === 0) return new MigrationHistory(client, []);
    const { rows } = await client.query<Attempt>('SELECT * FROM _prisma_migrations ORDER BY started_at');
    return new MigrationHistory(client, rows);
  }

  isApplied({ name }: Migration): boolean {
    return this.attempts.some((attempt) => attempt.migration_name === name && isFinished(attempt));
  }

  /** Applied here, but not among `migrations`: the database is ahead of this code, or another program's. */
  unknownTo(migrations: Migration[]): string[] {
    const known = new Set(migrations.map(({ name }) => name));
    const applied = this.attempts.filter((attempt) => isFinished(attempt) && !known.has(attempt.migration_name));
    return applied.map((attempt) => attempt.migration_name);
  }

  /** Migrations whose file is no longer what was applied. */
  changedSince(migrations: Migration[]): string[] {
    const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
    const differs = (attempt: Attempt) => checksums.get(attempt.migration_name) !== attempt.checksum;
    return this.attempts
      .filter((attempt) => isFinished(attempt) && checksums.has(attempt.migration_name) && differs(attempt))
      .map((attempt) => attempt.migration_name);
  }

  async create(): Promise<void> {
    await this.client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz,
      migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
      started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  }

  /** Attempts that died, ours or Prisma's. Each script is one transaction or one statement, so nothing of them stayed. */
  async closeUnfinished(): Promise<void> {
    await this.client.query(
      'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
    );
  }

  async start({ name, checksum }: Migration): Promise<string> {
    const id = randomUUID();
    await this.client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
      id,
      checksum,
      name,
    ]);
    return id;
  }

  async finish(id: string): Promise<void> {
    await this.client.query(
      'UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [id],
    );
  }
}

function isFinished(attempt: Attempt): boolean {
  return attempt.finished_at !== null && attempt.rolled_back_at === null;
}
