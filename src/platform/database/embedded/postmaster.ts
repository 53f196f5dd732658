import type { ChildProcess } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.js';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';
import { postgresEnvironment, type OsAccount } from './os-account.js';
import { findStalePid, isPostmaster } from './postmaster-file.js';
import { PostmasterLog } from './postmaster-log.js';

/** What a postmaster is started with. */
export interface PostmasterOptions {
  directory: string;
  settings: Record<string, string>;
  binaries: PostgresBinaries;
  account: OsAccount;
}

const STOP_MS = 60_000;

/** A postmaster that this process has started. It outlives this process if nobody stops it. */
export class Postmaster {
  /** Why the program could not even be executed. */
  private failure: string | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly log: PostmasterLog,
  ) {
    child.on('error', (error) => (this.failure = error.message));
  }

  /** Starts a postmaster; it is usable once postmaster.pid says so. */
  static async launch(options: PostmasterOptions, port: number): Promise<Postmaster> {
    await removeEmptyPidFile(options.directory);
    const log = await PostmasterLog.open(`${options.directory}.log`);
    try {
      await options.account.takeFile(log.path);
      return new Postmaster(await spawnPostmaster(options, port, log.fd), log);
    } finally {
      await log.close();
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.failure === undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it wrote last, or why it could not be executed. */
  async report(): Promise<string> {
    return this.failure ?? this.log.tail();
  }
}

/**
 * Stops a postmaster, no matter who started it: ends its sessions, writes a checkpoint, and waits until it is gone.
 * @throws EmbeddedPostgresError when it does not obey
 */
export async function terminate(pid: number, { directory, account, binaries }: PostmasterOptions): Promise<void> {
  if (process.platform === 'win32') {
    await account.run(binaries.pg_ctl, ['stop', '--pgdata', directory, '--mode=fast', '--timeout=60']);
  } else {
    signal(pid, 'SIGINT');
    if (!(await isGone(pid, directory, STOP_MS))) signal(pid, 'SIGQUIT');
  }
  if (await isGone(pid, directory, 10_000)) return;
  throw new EmbeddedPostgresError(`PostgreSQL (pid ${pid}) of ${directory} does not stop; end that process.`);
}

/**
 * After a power failure postmaster.pid may be empty, and PostgreSQL would refuse to start until somebody deletes it.
 * A file that is only seconds old may be that of a server which is just starting.
 */
async function removeEmptyPidFile(directory: string): Promise<void> {
  const file = join(directory, 'postmaster.pid');
  const stats = await stat(file).catch(() => undefined);
  if (stats?.size === 0 && Date.now() - stats.mtimeMs > 5_000) await rm(file, { force: true });
}

async function spawnPostmaster(options: PostmasterOptions, port: number, log: number): Promise<ChildProcess> {
  const { account, binaries, directory } = options;
  const env = { ...postgresEnvironment(), ...(await disowning(directory)) };
  // Its messages go to a file rather than to a pipe, which would break with this process. Detached, it does not get the
  // Ctrl+C that is meant for this process, which still needs it for its last requests.
  return account.spawn(binaries.postgres, commandArguments(options, port), {
    stdio: ['ignore', log, log],
    env,
    detached: true,
  });
}

/**
 * PostgreSQL takes a stale postmaster.pid for a running server when its process id has been given to another process
 * of the same user. This variable makes it ignore that id. Unlike after deleting the file, it still makes sure that no
 * process of the dead server uses the directory any more.
 */
async function disowning(directory: string): Promise<NodeJS.ProcessEnv> {
  const pid = await findStalePid(directory);
  return pid === undefined ? {} : { PG_GRANDPARENT_PID: String(pid) };
}

function commandArguments({ directory, settings }: PostmasterOptions, port: number): string[] {
  // The last one wins: nobody but this machine may connect, and sockets would need short paths.
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', lc_messages: 'C', port: String(port) };
  const all = Object.entries({ ...settings, ...fixed });
  return ['-D', directory, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    throw new EmbeddedPostgresError(`PostgreSQL (pid ${pid}) belongs to another user; end that process.`, {
      cause: error,
    });
  }
}

async function isGone(pid: number, directory: string, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (await isPostmaster(pid, directory)) {
    if (Date.now() > deadline) return false;
    await delay(10);
  }
  return true;
}
