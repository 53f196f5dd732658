import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { freePort } from '../../src/platform/database/embedded/free-port.js';
import { ServerProcess } from '../support/server-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';

export const APP_SECRET = 'a facebook app secret';
const PASSWORD = 'chaos';
/** Room for a cluster, its log of changes, and a minute's messages. */
const VOLUME = 'size=400M,mode=0755';
/** From the sources, beside a load that never pauses. */
const START_LIMIT_MS = 120_000;
const run = promisify(execFile);

/** A server process, a Postgres that keeps its promises (fsync on), and a line between them that can be cut. */
export class ChaosSite {
  private server: ServerProcess | undefined;

  private constructor(
    readonly directory: string,
    /** Whether Postgres has a small file system to itself, which can be filled. */
    readonly hasVolume: boolean,
    readonly postgres: EmbeddedPostgres,
    readonly line: TcpProxy,
    private readonly port: number,
    /** As the owner, past the line. */
    readonly owner: pg.Pool,
  ) {}

  static async build(): Promise<ChaosSite> {
    const directory = await mkdtemp(join(tmpdir(), 'polydesk-chaos-'));
    const hasVolume = await mount(join(directory, 'volume'));
    const settings = { max_wal_size: '64MB', min_wal_size: '32MB' };
    const postgres = await EmbeddedPostgres.start({
      directory: join(directory, 'volume', 'postgres'),
      password: PASSWORD,
      settings,
    });
    const line = await TcpProxy.to('127.0.0.1', Number(new URL(postgres.url).port));
    const owner = new pg.Pool({ connectionString: postgres.url, max: 2 });
    owner.on('error', () => undefined); // It is Postgres that is being killed.
    return new ChaosSite(directory, hasVolume, postgres, line, await freePort(), owner);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async startServer(): Promise<void> {
    const database = new URL(this.postgres.url);
    database.port = String(this.line.port);
    this.server = ServerProcess.start({
      ENVIRONMENT: 'development',
      PORT: String(this.port),
      DATABASE_URL: database.href,
      DATA_DIR: join(this.directory, 'data'),
      FACEBOOK_APP_SECRET: APP_SECRET,
    });
    await this.server.said(/listening on http/, START_LIMIT_MS);
  }

  /** As a crash of its machine, and its service manager some seconds later. */
  async crashServer(): Promise<void> {
    this.server?.kill('SIGKILL');
    await this.server?.ended;
    await this.startServer();
  }

  /** Postgres's main process first, then the others. */
  async postgresProcesses(): Promise<number[]> {
    const { pid } = this.postgres;
    if (pid === undefined) return [];
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
    return [pid, ...stdout.split('\n').map(Number).filter(Boolean)];
  }

  async demolish(): Promise<void> {
    this.server?.kill('SIGKILL');
    await this.server?.ended;
    await this.owner.end();
    await this.line.close();
    await this.postgres.stop();
    if (this.hasVolume) await run('umount', [join(this.directory, 'volume')]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** False where this process may not mount. */
async function mount(volume: string): Promise<boolean> {
  await mkdir(volume);
  return run('mount', ['-t', 'tmpfs', '-o', VOLUME, 'polydesk-chaos', volume]).then(
    () => true,
    () => false,
  );
}
