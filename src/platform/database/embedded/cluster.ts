import { randomBytes } from 'node:crypto';
import {
  access,
  constants,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { PostgresBinaries } from './binaries.js';
import { errorCode } from './embedded-postgres-error.js';
import type { OsAccount } from './os-account.js';
import { isAlive } from './postmaster-file.js';
import { foreignFiles, notCreated, notWritable, otherVersion } from './problems.js';

/** What a new cluster is made with. */
export interface ClusterOptions {
  directory: string;
  password: string;
  /** Whether files are forced to disk; a cluster for tests does without. */
  durable: boolean;
  binaries: PostgresBinaries;
  account: OsAccount;
}

/** Directories of unfinished clusters that this process works in, as opposed to leftovers of dead ones. */
const underway = new Set<string>();

/**
 * Makes the parent of a cluster's directory.
 * @returns the directory's absolute path without symbolic links, by which processes recognize each other's cluster
 * @throws EmbeddedPostgresError when the place cannot be written to
 */
export async function preparePlace(directory: string): Promise<string> {
  const absolute = resolve(directory);
  const parent = dirname(absolute);
  try {
    // Another user's PostgreSQL must be able to pass through a directory of root's, though not to list it.
    await mkdir(parent, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    await access(parent, constants.W_OK | constants.X_OK);
    return await realpath(absolute).catch(async () => join(await realpath(parent), basename(absolute)));
  } catch (error) {
    throw notWritable(parent, error);
  }
}

/**
 * Makes sure that the directory holds a complete cluster which the account may use. A new one is made aside and moved
 * into place when complete, so neither a crash nor a second process can leave or see half of one.
 * @throws EmbeddedPostgresError when the directory holds something else or another version, or initdb fails
 */
export async function prepareCluster(options: ClusterOptions): Promise<void> {
  await removeLeftovers(options.directory);
  if (!(await holdsCluster(options.directory, options.binaries.major))) await createCluster(options);
  try {
    await assertOwned(options);
    await options.account.takeDirectory(options.directory);
  } catch (error) {
    throw notWritable(options.directory, error);
  }
}

async function removeLeftovers(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.tmp-`;
  const names = (await readdir(dirname(directory))).filter((name) => name.startsWith(prefix));
  const leftovers = names.map((name) => join(dirname(directory), name)).filter((path) => !underway.has(path));
  await Promise.all(
    leftovers.map((path) => removeLeftover(path, Number.parseInt(path.slice(`${directory}.tmp-`.length)))),
  );
}

async function removeLeftover(path: string, creator: number): Promise<void> {
  const created = await stat(path).catch(() => undefined);
  // Process ids are reused, hence the age: no initdb takes ten minutes.
  const inUse = creator !== process.pid && isAlive(creator) && Date.now() - (created?.mtimeMs ?? 0) < 600_000;
  // Failing to tidy up is no reason not to start.
  if (!inUse) await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

async function holdsCluster(directory: string, major: string): Promise<boolean> {
  const version = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw notWritable(directory, error);
  });
  if (version === undefined) return false;
  if (version.trim() === major) return true;
  throw otherVersion(directory, version.trim(), major);
}

async function createCluster(options: ClusterOptions): Promise<void> {
  await assertEmpty(options.directory);
  const workshop = `${options.directory}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  underway.add(workshop);
  try {
    await initialize(workshop, options);
    await moveIntoPlace(join(workshop, 'cluster'), options.directory);
  } finally {
    // Should this fail, the next start tries again.
    await rm(workshop, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    underway.delete(workshop);
  }
}

async function assertEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(() => []);
  if (entries.length > 0) throw foreignFiles(directory);
}

async function initialize(workshop: string, { password, durable, binaries, account }: ClusterOptions): Promise<void> {
  const passwordFile = join(workshop, 'password');
  await mkdir(workshop, { mode: 0o700 }).catch((error: unknown) => {
    throw notWritable(dirname(workshop), error);
  });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await account.takeDirectory(workshop);
  const files = [`--pgdata=${join(workshop, 'cluster')}`, `--pwfile=${passwordFile}`];
  const { code, output } = await account.run(binaries.initdb, [...files, ...initdbArguments(durable)]);
  if (code !== 0) throw notCreated(output.trim());
}

function initdbArguments(durable: boolean): string[] {
  const access = ['--username=postgres', '--auth=scram-sha-256', '--no-instructions'];
  // The provider is built in so that texts sort alike on every machine; the machine's own locales play no part.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return [...access, ...locale, ...(durable ? [] : ['--no-sync'])];
}

async function moveIntoPlace(cluster: string, directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
  await rename(cluster, directory).catch(async (error: unknown) => {
    // Another process was faster; its cluster is as good as ours.
    const other = await stat(join(directory, 'PG_VERSION')).catch(() => undefined);
    if (!other) throw notWritable(directory, error);
  });
}

/** PostgreSQL insists on owning its files, even where it could write to them. */
async function assertOwned({ directory, account }: ClusterOptions): Promise<void> {
  const { uid } = await stat(directory);
  if (account.isLent || process.getuid === undefined || uid === process.getuid()) return;
  throw new Error(`it belongs to the user with uid ${uid}`);
}
