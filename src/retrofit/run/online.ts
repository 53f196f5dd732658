import type { Session } from '../database/session.js';
import type { Step } from '../phases/phase.js';
import { RetrofitError } from '../retrofit-error.js';
import { sqlStateOf } from '../database/session.js';
import { waitsOf } from './lock-waits.js';
import { watched } from './wait-watch.js';

/** Waiting stops nobody: these statements take locks that reading and writing do not mind. Still never without an end. */
const PATIENCE = '30min';
const LOCK_NOT_AVAILABLE = '55P03';

type Say = (line: string) => void;

/** Runs a statement that takes long and stops nobody, and leaves no invalid index behind. */
export async function runOnline(session: Session, { name, does, builds }: Step, say: Say): Promise<void> {
  if (builds !== undefined) {
    if (await isLeftover(session, builds)) {
      say(`  ${name}: an index was left half built; it is dropped and built again`);
      await runAlone(session, name, `DROP INDEX CONCURRENTLY IF EXISTS ${builds}`, say);
    } else if (await isThere(session, builds)) return;
  }
  for (const statement of does) await runAlone(session, name, statement, say);
}

/** Runs one statement outside of a transaction, and says whom it waits for. */
export async function runAlone(session: Session, name: string, statement: string, say: Say): Promise<void> {
  await session.run(`SET lock_timeout = '${PATIENCE}'`);
  try {
    await watched(session, name, say, () => session.run(statement));
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new RetrofitError(
      `${name}: waited ${PATIENCE} for older transactions. End them ('retrofit status' names them), and run the command again`,
      await waitsOf(session),
    );
  } finally {
    await session.run(`SET lock_timeout = '10s'`).catch(() => undefined);
  }
}

/** Whether a statement cannot be, or should not be, in a transaction with others: it takes long and stops nobody. */
export function runsAlone(statement: string): boolean {
  return /^(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY |^ALTER TABLE .* VALIDATE CONSTRAINT /s.test(statement);
}

async function isLeftover(session: Session, index: string): Promise<boolean> {
  const rows = await session.rows(`SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid`, [
    index,
  ]);
  return rows.length > 0;
}

async function isThere(session: Session, index: string): Promise<boolean> {
  const rows = await session.rows(`SELECT FROM pg_index WHERE indexrelid = to_regclass($1)`, [index]);
  return rows.length > 0;
}
