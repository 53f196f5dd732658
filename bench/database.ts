import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { prepareDatabaseRoles } from '../src/platform/database/database-roles.js';
import { EmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { MigrationRunner } from '../src/platform/database/migration-runner.js';
import { migrationsDirectory } from '../src/platform/database/migrations-directory.js';
import { prepareJobs } from '../src/platform/jobs/job-schema.js';
import { progress } from './progress.js';
import { configFor } from './scene.js';
import { seed } from './seed.js';
import type { SeedSize } from './seed.js';

/** As a small server would be set; autovacuum is off because its turn would fall on whichever server is just measured. */
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  max_connections: '100',
  jit: 'off',
  autovacuum: 'off',
};

/** A Postgres to measure on: one of our own, thrown away afterwards, or one that is there. */
export class BenchPostgres {
  private readonly databases: string[] = [];

  private constructor(
    readonly url: string,
    private readonly close: () => Promise<void>,
  ) {}

  static async open(databaseUrl: string | undefined): Promise<BenchPostgres> {
    if (databaseUrl !== undefined) return new BenchPostgres(databaseUrl, () => Promise.resolve());
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-bench-'));
    const postgres = await EmbeddedPostgres.start({
      directory: join(directory, 'postgres'),
      password: 'throwaway',
      settings: SETTINGS,
    });
    return new BenchPostgres(postgres.url, async () => {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    });
  }

  /** A new database, prepared as our server does it, and seeded; returns its owner's address. */
  async seeded(name: string, size: SeedSize): Promise<string> {
    progress(`Filling ${name}: ${size.organizations} organizations, ${size.messages} messages`);
    await this.query(`DROP DATABASE IF EXISTS ${name}`);
    await this.query(`CREATE DATABASE ${name}`);
    this.databases.push(name);
    const url = new URL(this.url);
    url.pathname = name;
    await new MigrationRunner(url.href, migrationsDirectory()).apply();
    await prepareDatabaseRoles(new DatabaseConnections(configFor(url.href)));
    await prepareJobs(url.href);
    await seed(url.href, size);
    return url.href;
  }

  /** Removes what was made here. */
  async stop(): Promise<void> {
    for (const name of this.databases) await this.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await this.close();
  }

  private async query(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }
}
