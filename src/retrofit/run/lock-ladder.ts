import { setTimeout as sleep } from 'node:timers/promises';
import { sqlStateOf } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import { waitsOf } from './lock-waits.js';
import type { Session } from '../database/session.js';

/**
 * How long each try waits for its lock, in milliseconds. Whoever comes after a waiting ACCESS EXCLUSIVE waits behind it, so
 * most tries are short; only where the table is never free do they get longer. A step that locks two tables may wait twice, and
 * holds the first one meanwhile.
 */
const TRIES_MS = [50, 50, 50, 100, 100, 100, 100, 200, 200, 200, 500, 500, 1000, 2000, 5000, 10_000];
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';

/**
 * Runs a transaction that takes locks, under a lock_timeout that grows from try to try, with pauses for everybody else.
 * @throws RetrofitError where it never gets its lock, with whom it waited for
 */
export async function climb(
  session: Session,
  what: string,
  work: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  let waits: string[] = [];
  for (const [index, timeout] of TRIES_MS.entries()) {
    try {
      await session.transaction(async () => {
        await session.run(`SET LOCAL lock_timeout = ${timeout}`);
        await work();
      });
      return;
    } catch (error) {
      if (![LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED].includes(sqlStateOf(error) ?? '')) throw error;
      waits = await waitsOf(session);
      if (index === FIRST_TOLD)
        say(`${what}: waits for a lock${waits.length > 0 ? `; in the way: ${waits.join(', ')}` : ''}`);
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** index, LONGEST_PAUSE_MS));
    }
  }
  throw new RetrofitError(
    `${what}: the lock could not be had in ${TRIES_MS.length} tries of up to 10 s. Nothing is half done; end the transactions that hold it, and run the command again`,
    waits,
  );
}

/** Before that, nobody would read it. */
const FIRST_TOLD = 2;
