import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { TEMPLATE } from './throwaway-postgres.js';

/** A database of a suite's own, copied from the migrated template, or empty. */
export class TestDatabase {
  private constructor(
    readonly url: string,
    private readonly name: string,
    /** As the owner, past row-level security: for arranging and for looking behind the scenes. */
    readonly owner: pg.Pool,
  ) {}

  static async create({ empty = false } = {}): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : TEMPLATE}`);
    const url = new URL(serverUrl());
    url.pathname = name;
    return new TestDatabase(url.href, name, new pg.Pool({ connectionString: url.href, max: 4 }));
  }

  async rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.owner.query<T>(sql, values)).rows;
  }

  async drop(): Promise<void> {
    await this.owner.end();
    await asAdmin(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }
}

function serverUrl(): string {
  const url = process.env['POLYDESK_TEST_POSTGRES'];
  if (!url) throw new Error('Tests run through `npm test`, which starts their Postgres');
  return url;
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
