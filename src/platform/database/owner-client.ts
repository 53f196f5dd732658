import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

/** Between two tries for a lock that another process holds. */
const TRY_AGAIN_MS = 200;

/** A connection of the schema's owner, for work that no serving role may do. */
export async function withOwner<T>(url: string, name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => undefined); // The query under way rejects with the same error.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Runs `work` to see what it would do: nothing of it stays. */
export async function undone<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

/**
 * Runs `work` while no other process holds the advisory lock `key`. A transaction of a connection of its own holds it, so that
 * it also holds behind a transaction pooler. Asked for again and again rather than waited for: a waiting statement keeps its
 * snapshot, which CREATE INDEX CONCURRENTLY in the process ahead would wait for in turn, for ever.
 */
export async function alone<T>(url: string, key: number, work: () => Promise<T>): Promise<T> {
  return withOwner(url, 'polydesk_lock', (client) =>
    inTransaction(client, async () => {
      await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
      while (!(await tryLock(client, key))) await setTimeout(TRY_AGAIN_MS);
      return work();
    }),
  );
}

/** Without parameters: those would leave a portal open, and with it a snapshot. */
async function tryLock(client: pg.Client, key: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(`SELECT pg_try_advisory_xact_lock(${key}) AS locked`);
  return rows[0]?.locked ?? false;
}
