import { dirname } from 'node:path';
import type { AcquisitionOptions } from './acquisition.js';
import { locateBinaries } from './binaries.js';
import { prepareCluster, preparePlace } from './cluster.js';
import { OsAccount } from './os-account.js';
import { databaseUrl, ensureDatabase } from './ownership.js';
import { Supervisor } from './supervisor.js';

/** How to run the built-in PostgreSQL. */
export interface EmbeddedPostgresOptions {
  /** The cluster's own directory. Beside it there will be its log, `<directory>.log`. */
  directory: string;
  /** Password of the superuser `postgres`. A cluster keeps the one it was created with. */
  password: string;
  /** TCP port on 127.0.0.1; by default a free one, which stays the same until {@link EmbeddedPostgres.stop}. */
  port?: number;
  /** PostgreSQL's settings, as after `postgres -c`. */
  settings?: Record<string, string>;
  /** Receives one line for each thing worth knowing. PostgreSQL's own messages go to its log only. */
  onLog?: (line: string) => void;
}

const DATABASE = 'polydesk';

/**
 * A PostgreSQL server of our own, from the programs that came with npm. It belongs to this process alone, is restarted
 * when it dies, and, when this process is killed, is replaced by the next start on the same directory.
 */
export class EmbeddedPostgres {
  private constructor(
    private readonly supervisor: Supervisor,
    /** Address of the database `polydesk` as superuser `postgres`. */
    readonly url: string,
  ) {}

  /**
   * Creates the cluster and the database `polydesk` where they are missing, and starts PostgreSQL.
   * @throws EmbeddedPostgresError in sentences that tell what to do, such as when the directory is in use
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const supervisor = await Supervisor.create(await prepare(options));
    try {
      await ensureDatabase(await supervisor.start(), DATABASE);
      return new EmbeddedPostgres(supervisor, databaseUrl(supervisor.port, options.password, DATABASE));
    } catch (error) {
      await supervisor.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Process id of PostgreSQL's main process; another one after it had to be restarted. */
  get pid(): number | undefined {
    return this.supervisor.pid;
  }

  /** Ends all sessions and PostgreSQL itself; resolves when it is gone. Calling it again does no harm. */
  stop(): Promise<void> {
    return this.supervisor.stop();
  }
}

async function prepare(options: EmbeddedPostgresOptions): Promise<AcquisitionOptions> {
  const { password, port, settings = {}, onLog: log = () => undefined } = options;
  const [binaries, directory] = await Promise.all([locateBinaries(), preparePlace(options.directory)]);
  const account = await OsAccount.forCluster(directory, log);
  await account.ensureAccess(binaries.postgres, dirname(directory));
  await prepareCluster({ directory, password, durable: settings['fsync'] !== 'off', binaries, account });
  return { directory, password, port, settings, log, binaries, account };
}
