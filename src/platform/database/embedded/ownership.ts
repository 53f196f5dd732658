import { Client } from 'pg';
import { errorCode } from './embedded-postgres-error.js';
import { wrongPassword } from './problems.js';

/**
 * Key of the session-level advisory lock, in database `postgres`, that the server using a cluster holds for its whole
 * life: "poly" and "desk" in ASCII. It dies with the server's connection, so no crash leaves it behind.
 */
export const OWNER_LOCK: readonly [number, number] = [0x706f6c79, 0x6465736b];

const CONNECT_MS = 5_000;

/** The address of a database of the built-in PostgreSQL, as its superuser. */
export function databaseUrl(port: number, password: string, database: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/**
 * Tries to become the owner of the cluster behind a port.
 * @returns the connection that holds the lock, 'held' when another process does, or 'unreachable' when PostgreSQL
 *   accepts no connections at the moment
 * @throws EmbeddedPostgresError when the password is wrong, or PostgreSQL's own error when it is of a lasting kind
 */
export async function claimOwnership(port: number, password: string): Promise<Client | 'held' | 'unreachable'> {
  const client = newClient(port, password);
  try {
    await client.connect();
    if (await lock(client)) return client;
    await client.end();
    return 'held';
  } catch (error) {
    await client.end().catch(() => undefined);
    if (isPassing(errorCode(error))) return 'unreachable';
    throw errorCode(error) === '28P01' ? wrongPassword(error) : error;
  }
}

/** Creates an empty database unless there is one of that name. */
export async function ensureDatabase(owner: Client, name: string): Promise<void> {
  const { rowCount } = await owner.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await owner.query(`CREATE DATABASE ${owner.escapeIdentifier(name)}`);
}

function newClient(port: number, password: string): Client {
  const client = new Client({
    connectionString: databaseUrl(port, password, 'postgres'),
    application_name: 'polydesk-owner',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  // Without a listener a broken connection would end the process; its end is noticed by the "end" event.
  client.on('error', () => undefined);
  return client;
}

async function lock(client: Client): Promise<boolean> {
  // No timeout that was set for the application may end the session that holds the lock.
  await client.query('SET idle_session_timeout = 0');
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [
    ...OWNER_LOCK,
  ]);
  return rows[0]?.locked === true;
}

/**
 * Whether an error says that PostgreSQL cannot be reached now rather than that something is wrong: errors of the
 * network, whose codes begin with a letter, and PostgreSQL's classes 53 (resources) and 57 (starting, stopping).
 */
function isPassing(code: string | undefined): boolean {
  return code === undefined || !/^(?!5[37])\d/.test(code);
}
