import type pg from 'pg';
import { messageOf } from '../errors/thrown.js';
import type { Migration, MigrationHistory } from './migration-history.js';
import { inTransaction } from './owner-client.js';

const CONCURRENT_INDEX = /\bINDEX CONCURRENTLY (\w+)/;

/** A migration failed, or the database is not one that these migrations can be applied to. */
export class MigrationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MigrationError';
  }
}

/** Applies one migration and writes it down: whole, or not at all. */
export async function applyMigration(
  client: pg.Client,
  history: MigrationHistory,
  migration: Migration,
): Promise<void> {
  const index = CONCURRENT_INDEX.exec(migration.script)?.[1];
  try {
    if (index === undefined) await inTransaction(client, () => runWhole(client, history, migration));
    else await buildIndex(client, history, migration, index);
  } catch (error) {
    throw new MigrationError(
      `Migration ${migration.name} failed and left nothing behind: ${messageOf(error)}. Mend the cause and run it again`,
      error,
    );
  }
}

async function runWhole(client: pg.Client, history: MigrationHistory, migration: Migration): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0`);
  const id = await history.start(migration);
  await client.query(withoutOwnTransaction(migration.script));
  await history.finish(id);
}

/**
 * Prisma sends a script statement by statement, so each of ours says itself that it is one transaction. Here its lines BEGIN
 * and COMMIT give way to the transaction that also holds what the history says of it.
 */
function withoutOwnTransaction(script: string): string {
  return script.replaceAll(/^(BEGIN|COMMIT);$/gm, '');
}

/** A build that died leaves an invalid index of that name, which is in the way of the next: dropped before, and after a failure. */
async function buildIndex(
  client: pg.Client,
  history: MigrationHistory,
  migration: Migration,
  index: string,
): Promise<void> {
  await dropIndex(client, index);
  const id = await history.start(migration);
  try {
    await client.query(migration.script);
  } catch (error) {
    await dropIndex(client, index)
      .then(() => history.closeUnfinished())
      .catch(() => undefined); // The connection is gone; the next run does both.
    throw error;
  }
  await history.finish(id);
}

async function dropIndex(client: pg.Client, index: string): Promise<void> {
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${client.escapeIdentifier(index)}`);
}
