import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

/** As a small server would be set, and as safe: what is slow there must be slow here. It keeps the files of its WAL. */
const SETTINGS = {
  fsync: 'on',
  autovacuum: 'on',
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  min_wal_size: '4GB',
  max_connections: '100',
};

/** A Postgres of our own, thrown away afterwards. */
export class Throwaway {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly directory: string,
  ) {}

  static async start(): Promise<Throwaway> {
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-retrofit-bench-'));
    const place = join(directory, 'postgres');
    return new Throwaway(
      await EmbeddedPostgres.start({ directory: place, password: 'throwaway', settings: SETTINGS }),
      directory,
    );
  }

  /** Makes a database, empty or as another one is; its address. Everything is on disk before it is used. */
  async database(name: string, template = 'template0'): Promise<string> {
    await query(this.postgres.url, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
    await query(this.postgres.url, 'CHECKPOINT');
    const url = new URL(this.postgres.url);
    url.pathname = name;
    return url.href;
  }

  async drop(name: string): Promise<void> {
    await query(this.postgres.url, `DROP DATABASE ${name} WITH (FORCE)`);
  }

  async stop(): Promise<void> {
    await this.postgres.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** One statement on a connection of its own; its rows. */
export async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  return connected(url, async (client) => (await client.query<T>(text)).rows);
}

export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
