import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../src/platform/database/embedded/free-port.js';
import { serviceIdentity } from '../../src/platform/database/embedded/service-identity.js';
import type { Identity } from '../../src/platform/database/embedded/service-identity.js';

const START_LIMIT_MS = 10_000;
/** Debian keeps it where only root's PATH looks. */
const PLACES = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
const BINARY = PLACES.map((place) => join(place, 'pgbouncer')).find((path) => existsSync(path));

/** A real PgBouncer in transaction mode before a Postgres: any two transactions may get different connections. */
export class PgBouncer {
  private constructor(
    /** The owner's address through it, marked for the application, without a database. */
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {}

  static get isInstalled(): boolean {
    return BINARY !== undefined;
  }

  /** `connections`: how many it opens at most for each role and database. */
  static async before(postgresUrl: string, connections: number): Promise<PgBouncer> {
    if (BINARY === undefined) throw new Error('There is no pgbouncer on this machine: apt-get install pgbouncer');
    const [port, identity] = [await freePort(), await account()];
    const directory = await configure(new URL(postgresUrl), port, connections, identity);
    const child = spawn(BINARY, [join(directory, 'pgbouncer.ini')], { ...identity, stdio: 'ignore' });
    const url = new URL(postgresUrl);
    [url.port, url.pathname] = [String(port), ''];
    url.searchParams.set('pgbouncer', 'true');
    const pooler = new PgBouncer(url.href, child, directory);
    await pooler.isListening();
    return pooler;
  }

  /** Its own figures: a row a pool. */
  async pools(): Promise<Record<string, string>[]> {
    return this.asAdmin(async (client) => (await client.query<Record<string, string>>('SHOW POOLS')).rows);
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    if (this.process.exitCode === null) await once(this.process, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }

  private async isListening(): Promise<void> {
    const limit = Date.now() + START_LIMIT_MS;
    for (;;) {
      const isUp = await this.pools().then(
        () => true,
        () => false,
      );
      if (isUp) return;
      if (this.process.exitCode !== null || Date.now() > limit) throw new Error('PgBouncer did not start');
      await delay(20);
    }
  }

  private async asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const url = new URL(this.url);
    url.pathname = 'pgbouncer';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/** PgBouncer refuses to be root, as Postgres does. */
async function account(): Promise<Partial<Identity>> {
  return process.getuid?.() === 0 ? serviceIdentity(() => undefined) : {};
}

/** The serving roles' passwords are Polydesk's to give: PgBouncer asks Postgres for their hashes, as the owner. */
async function configure(postgres: URL, port: number, connections: number, { uid, gid }: Partial<Identity>) {
  const directory = await mkdtemp(join(tmpdir(), 'polydesk-pgbouncer-'));
  const owner = decodeURIComponent(postgres.username);
  const users = join(directory, 'users.txt');
  const settings = [
    '[databases]',
    `* = host=${postgres.hostname} port=${postgres.port} auth_user=${owner}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'pool_mode = transaction',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    'auth_query = SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1',
    `admin_users = ${owner}`,
    'ignore_startup_parameters = extra_float_digits',
    'max_client_conn = 1000',
    `default_pool_size = ${connections}`,
  ];
  await writeFile(users, `"${owner}" "${decodeURIComponent(postgres.password)}"\n`);
  await writeFile(join(directory, 'pgbouncer.ini'), `${settings.join('\n')}\n`);
  if (uid !== undefined && gid !== undefined)
    await Promise.all([directory, users, join(directory, 'pgbouncer.ini')].map((path) => chown(path, uid, gid)));
  return directory;
}
