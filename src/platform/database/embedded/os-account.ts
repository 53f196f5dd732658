import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { chmod, chown, lchown, readdir, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { serviceIdentity, type Identity } from './service-identity.js';

/** How a program ended: its exit code (null when it was killed or could not be started) and what it printed. */
export interface RunResult {
  code: number | null;
  output: string;
}

/**
 * The operating-system account PostgreSQL's programs run as. PostgreSQL refuses to run as root, so a server that was
 * started by root lends it another account; otherwise it is simply the account of this process.
 */
export class OsAccount {
  /** A command that precedes every other one, see {@link ensureAccess}. */
  private prefix: string[] = [];

  private constructor(private readonly identity?: Identity) {}

  /** Chooses the account for a cluster: a cluster that exists keeps its owner, so that its files stay readable. */
  static async forCluster(directory: string, log: (line: string) => void): Promise<OsAccount> {
    if (process.getuid?.() !== 0) return new OsAccount();
    return new OsAccount((await ownerOfCluster(directory)) ?? (await serviceIdentity(log)));
  }

  /** Whether this is another account than the one of this process. */
  get isLent(): boolean {
    return this.identity !== undefined;
  }

  /**
   * Makes sure that the account can run `program` and enter `directory`. Below a directory such as /root (mode 0700) it
   * cannot; then, on Linux, its programs keep one capability of root: to pass by the permissions of files.
   * @throws EmbeddedPostgresError when that does not help either
   */
  async ensureAccess(program: string, directory: string): Promise<void> {
    if (!this.identity || (await this.reaches(program, directory))) return;
    this.prefix = passingFilePermissions(this.identity);
    if (await this.reaches(program, directory)) return;
    throw new EmbeddedPostgresError(
      `PostgreSQL must not run as root, and the user it runs as instead (uid ${this.identity.uid}) cannot reach ` +
        `${program} or ${directory}. Start Polydesk as an ordinary user, or move it out of root's home directory ` +
        '(for example to /opt), or set DATABASE_URL to a PostgreSQL server of your own.',
    );
  }

  /** Gives a directory with everything in it to the account, readable by nobody else. */
  async takeDirectory(directory: string): Promise<void> {
    await chmod(directory, 0o700);
    if (!this.identity || (await stat(directory)).uid === this.identity.uid) return;
    const { uid, gid } = this.identity;
    const entries = await readdir(directory, { recursive: true });
    await Promise.all(entries.map((entry) => lchown(join(directory, entry), uid, gid)));
    // The top comes last: were this interrupted, the next start would see the wrong owner and begin again.
    await chown(directory, uid, gid);
  }

  async takeFile(path: string): Promise<void> {
    if (this.identity) await chown(path, this.identity.uid, this.identity.gid);
  }

  spawn(command: string, args: string[], options: SpawnOptions & { env: NodeJS.ProcessEnv }): ChildProcess {
    const [file = command, ...rest] = [...this.prefix, command, ...args];
    const identity = this.prefix.length > 0 ? {} : this.identity;
    // The account may not be able to enter our working directory; the root directory is open to all.
    return spawn(file, rest, { cwd: parse(process.execPath).root, windowsHide: true, ...identity, ...options });
  }

  run(command: string, args: string[]): Promise<RunResult> {
    return new Promise((resolve) => {
      const child = this.spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: postgresEnvironment() });
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('error', (error) => resolve({ code: null, output: error.message }));
      child.on('close', (code) => resolve({ code, output }));
    });
  }

  private async reaches(program: string, directory: string): Promise<boolean> {
    const { code } = await this.run('/bin/sh', ['-c', 'cd "$1" && "$2" --version', 'sh', directory, program]);
    return code === 0;
  }
}

/**
 * The environment of PostgreSQL's programs: without this server's secrets and without PG* variables, which would
 * change what they do; English messages, because errors are recognized by them; and times in UTC.
 */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const kept = /^(PATH|LD_LIBRARY_PATH|SystemRoot|SystemDrive|windir|ComSpec|TEMP|TMP|TMPDIR)$/i;
  const inherited = Object.entries(process.env).filter(([name]) => kept.test(name));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' };
}

async function ownerOfCluster(directory: string): Promise<Identity | undefined> {
  const version = await stat(join(directory, 'PG_VERSION')).catch(() => undefined);
  if (!version) return undefined;
  const { uid, gid } = await stat(directory);
  return uid === 0 ? undefined : { uid, gid };
}

/**
 * A command line that runs the rest of it as `identity` with CAP_DAC_OVERRIDE. It must be an ambient capability to
 * survive exec, and no_setuid_fixup makes access(2), with which PostgreSQL examines its own files, respect it.
 */
function passingFilePermissions({ uid, gid }: Identity): string[] {
  const capability = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...capability];
}
