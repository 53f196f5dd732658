import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../src/platform/database/embedded/free-port.js';
import { OsAccount, postgresEnvironment } from '../../src/platform/database/embedded/os-account.js';
import { persistently } from './persistently.js';

const PROGRAMS = '/usr/lib/postgresql/15/bin';
const PASSWORD = 'throwaway';

/** A throwaway PostgreSQL 15 of the machine's own packages: an older server than the built-in one, with its pg_dump. */
export class DebianPostgres {
  private constructor(
    /** Of the superuser `postgres`. */
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  static get isInstalled(): boolean {
    return existsSync(join(PROGRAMS, 'postgres'));
  }

  /** @param settings as after `postgres -c` */
  static async start(settings: Record<string, string> = {}): Promise<DebianPostgres> {
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-debian-'));
    const account = await OsAccount.forCluster(directory, () => undefined);
    await initialize(directory, account);
    const port = await freePort();
    const child = account.spawn(join(PROGRAMS, 'postgres'), words(directory, { port: String(port), ...settings }), {
      stdio: 'ignore',
      env: postgresEnvironment(),
    });
    const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
    await persistently(() => isListening(url));
    return new DebianPostgres(url, child, directory);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGINT');
    if (this.child.exitCode === null) await once(this.child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Starts one, or answers null on a machine without it. */
export async function debianPostgres(settings: Record<string, string> = {}): Promise<DebianPostgres | null> {
  return DebianPostgres.isInstalled ? DebianPostgres.start(settings) : null;
}

async function initialize(directory: string, account: OsAccount): Promise<void> {
  await writeFile(join(directory, 'password'), `${PASSWORD}\n`);
  await account.takeDirectory(directory);
  const { code, output } = await account.run(join(PROGRAMS, 'initdb'), [
    `--pgdata=${join(directory, 'cluster')}`,
    `--pwfile=${join(directory, 'password')}`,
    ...['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
  ]);
  if (code !== 0) throw new Error(`initdb of ${PROGRAMS}: ${output}`);
}

function words(directory: string, settings: Record<string, string>): string[] {
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', lc_messages: 'C' };
  const all = Object.entries({ ...fixed, ...settings });
  return ['-D', join(directory, 'cluster'), ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function isListening(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.end();
}
