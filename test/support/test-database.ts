import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { TEMPLATE } from './throwaway-postgres.js';

/** A database of a suite's own, copied from the migrated template, or empty. */
export class TestDatabase {
  private constructor(
    readonly url: string,
    /** How an application comes to it: through PgBouncer, where this run has one. */
    readonly applicationUrl: string,
    private readonly name: string,
    /** As the owner, past row-level security: for arranging and for looking behind the scenes. */
    readonly owner: pg.Pool,
  ) {}

  static async create({ empty = false } = {}): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : TEMPLATE}`);
    const url = addressOf('POLYDESK_TEST_POSTGRES', name);
    const owner = new pg.Pool({ connectionString: url, max: 4 });
    owner.on('error', () => undefined); // Sessions that `whileAway` ended.
    return new TestDatabase(url, addressOf('POLYDESK_TEST_APPLICATION_POSTGRES', name), name, owner);
  }

  async rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.owner.query<T>(sql, values)).rows;
  }

  /** Starts `work` while a transaction that ran `arrange` is open, and commits that once `work` waits for it, or is done. */
  async racing<T>(arrange: (client: pg.PoolClient) => Promise<unknown>, work: () => PromiseLike<T>): Promise<T> {
    const client = await this.owner.connect();
    try {
      await client.query('BEGIN');
      await arrange(client);
      let isDone = false;
      const outcome = Promise.resolve(work()).finally(() => (isDone = true));
      outcome.catch(() => undefined); // Told below.
      while (!isDone && !(await this.isSomebodyWaiting())) await delay(10);
      await client.query('COMMIT');
      return await outcome;
    } finally {
      client.release(true);
    }
  }

  /** Runs `work` while nobody can reach the database: its sessions are ended, and it goes by another name. */
  async whileAway(work: () => Promise<void>): Promise<void> {
    await this.tellPooler('KILL');
    await asAdmin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${this.name}'`);
    await asAdmin(`ALTER DATABASE ${this.name} RENAME TO ${this.name}_away`);
    try {
      await work();
    } finally {
      await asAdmin(`ALTER DATABASE ${this.name}_away RENAME TO ${this.name}`);
      await this.tellPooler('RESUME');
    }
  }

  async drop(): Promise<void> {
    await this.owner.end();
    await asAdmin(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  /** PgBouncer would go on refusing its clients for a while after it was refused itself. */
  private async tellPooler(command: 'KILL' | 'RESUME'): Promise<void> {
    if (this.applicationUrl !== this.url)
      await asAdmin(`${command} ${this.name}`, addressOf('POLYDESK_TEST_APPLICATION_POSTGRES', 'pgbouncer'));
  }

  private async isSomebodyWaiting(): Promise<boolean> {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return (await this.rows(waiting)).length > 0;
  }
}

function addressOf(server: string, database: string): string {
  const address = process.env[server];
  if (!address) throw new Error('Tests run through `npm test`, which starts their Postgres');
  const url = new URL(address);
  url.pathname = database;
  return url.href;
}

async function asAdmin(sql: string, connectionString = addressOf('POLYDESK_TEST_POSTGRES', 'postgres')): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
