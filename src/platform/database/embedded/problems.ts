import { EmbeddedPostgresError, messageOf } from './embedded-postgres-error.js';

export function notWritable(path: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Polydesk cannot keep its database in ${path}: ${messageOf(cause)}. Make that directory writable for the user who ` +
      'runs Polydesk, or set DATA_DIR to another directory.',
    { cause },
  );
}

export function inUse(directory: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The data directory ${directory} is in use by another Polydesk server (its PostgreSQL has pid ${pid}). Stop that ` +
      'server, or set DATA_DIR to another directory.',
  );
}

export function foreignFiles(directory: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${directory} is not empty and holds no PostgreSQL database. Empty it, or set DATA_DIR to another directory.`,
  );
}

/** For a cluster of PostgreSQL `found` where the programs are those of `expected` (major versions). */
export function otherVersion(directory: string, found: string, expected: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${directory} was made by PostgreSQL ${found}, but the built-in one is ${expected}. Dump it with ` +
      'the version that made it, set DATA_DIR to a new directory, and restore the dump there.',
  );
}

/** For an initdb that has failed with this output. */
export function notCreated(output: string): EmbeddedPostgresError {
  // Containers may run under any number, for example by "docker run --user".
  const nameless = output.includes('could not look up effective user ID');
  const advice = 'The user who runs Polydesk needs an entry in /etc/passwd. Add one, or run it as another user.';
  return new EmbeddedPostgresError(
    `PostgreSQL could not create its database:\n${output}${nameless ? `\n${advice}` : ''}`,
  );
}

export function wrongPassword(cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'The built-in PostgreSQL was set up with another password than the one that is configured now. Restore the ' +
      'password that belongs to this data directory, or set DATA_DIR to another directory.',
    { cause },
  );
}

export function portTaken(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL cannot use port ${port} of 127.0.0.1, another program uses it. Stop that program or choose another port.`,
  );
}

export function notReady(directory: string, waitedMs: number): string {
  return `PostgreSQL is not ready after ${waitedMs / 1000} s; it may be recovering from a crash. See ${directory}.log.`;
}

/** For a postmaster that ended before it was ready; `log` holds its last lines. */
export function notStarted(log: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`PostgreSQL did not start:\n${log}`);
}
