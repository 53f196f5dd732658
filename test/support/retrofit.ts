import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Environment } from '../../src/platform/config/settings.js';
import { loadScript } from './retrofit-script.js';

/** An empty database of a suite's own, for `polydesk retrofit`, with roles and plan files that go away with it. */
export class RetrofitDatabase {
  private readonly roles: string[] = [];

  private constructor(
    readonly name: string,
    /** Of the superuser that owns it. */
    readonly url: string,
    private readonly server: string,
    private readonly directory: string,
    private readonly owner: pg.Pool,
  ) {}

  /** @param server any database of the server that it is made on; by default the throwaway one of all suites */
  static async make(server = process.env['POLYDESK_TEST_POSTGRES']): Promise<RetrofitDatabase> {
    if (!server) throw new Error('Tests run through `npm test`, which starts their Postgres');
    const name = `retrofit_${randomBytes(6).toString('hex')}`;
    await ask(server, `CREATE DATABASE ${name} TEMPLATE template0`);
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-retrofit-'));
    const url = databaseAddress(server, name);
    const owner = new pg.Pool({ connectionString: url, max: 4 });
    owner.on('error', () => undefined); // Sessions that a test ended.
    return new RetrofitDatabase(name, url, server, directory, owner);
  }

  /** As the superuser that owns it. */
  async rows<T extends object = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.owner.query<T>(sql, values)).rows;
  }

  /** The number that a query gives in its only row and column. */
  async count(sql: string): Promise<number> {
    const [row] = await this.rows(sql);
    return Number(Object.values(row ?? {})[0]);
  }

  /** Runs a script, as psql would: many statements, and data that follows `COPY … FROM stdin`. */
  async load(sqlText: string): Promise<void> {
    await loadScript(this.url, sqlText);
  }

  /** What a process needs to reach it through the standard PG variables. */
  get environment(): Environment {
    return pgVariables(this.url);
  }

  /** The application's role of this database: roles belong to the whole server, and suites run side by side. */
  get applicationRole(): string {
    return `${this.name}_app`;
  }

  /** Makes a role that can sign in, which goes away with the database. Its address; the name is that with this ending. */
  async role(ending: string, attributes = 'NOSUPERUSER'): Promise<{ name: string; url: string }> {
    const name = `${this.name}_${ending}`;
    const password = randomBytes(9).toString('hex');
    await ask(this.server, `CREATE ROLE ${name} LOGIN PASSWORD '${password}' ${attributes}`);
    this.roles.push(name);
    const url = new URL(this.url);
    [url.username, url.password] = [name, password];
    return { name, url: url.href };
  }

  /** Writes a plan file; it names {@link applicationRole} unless it names one itself. Its path. */
  async planFile(plan: string): Promise<string> {
    const path = join(this.directory, `${randomBytes(4).toString('hex')}.yaml`);
    const role = /^application:/m.test(plan) ? '' : `\napplication: { role: ${this.applicationRole} }\n`;
    await writeFile(path, plan + role);
    return path;
  }

  async stop(): Promise<void> {
    await this.owner.end();
    await ask(this.server, `DROP DATABASE ${this.name} WITH (FORCE)`);
    for (const role of [...this.roles, this.applicationRole]) await ask(this.server, `DROP ROLE IF EXISTS ${role}`);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The PG variables that say what an address says. */
export function pgVariables(address: string): Environment {
  const { hostname, port, username, password, pathname } = new URL(address);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
}

function databaseAddress(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

async function ask(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseAddress(server, 'postgres') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
