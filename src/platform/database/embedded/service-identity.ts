import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const run = promisify(execFile);

/** Numbers of an operating-system user and of its primary group. */
export interface Identity {
  uid: number;
  gid: number;
}

const USER = 'postgres';

/**
 * The user that PostgreSQL runs as when this process is root: `postgres` as in every distribution, created when
 * missing; where that is impossible `nobody`. It must have a name, initdb looks it up.
 * @throws EmbeddedPostgresError when the machine has no such user
 */
export async function serviceIdentity(log: (line: string) => void): Promise<Identity> {
  const identity = (await lookUp(USER)) ?? (await create(log)) ?? (await lookUp('nobody'));
  if (identity) return identity;
  throw new EmbeddedPostgresError(
    'PostgreSQL must not run as root, and there is no user "postgres" to run it as. Create one with ' +
      '"useradd --system postgres", or start Polydesk as an ordinary user.',
  );
}

async function lookUp(name: string): Promise<Identity | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function create(log: (line: string) => void): Promise<Identity | undefined> {
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  await run('useradd', ['--system', '--user-group', ...home, USER]).catch(() => undefined);
  const identity = await lookUp(USER);
  if (identity) log(`Created the system user "${USER}", because PostgreSQL must not run as root.`);
  return identity;
}
