import { setTimeout as sleep } from 'node:timers/promises';
import { sqlStateOf } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import { waitsOf } from '../run/lock-waits.js';
import type { Work } from '../run/work.js';

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;
const PATIENCE_MS = 15 * 60_000;
/** Before that, nobody would read it. */
const FIRST_TOLD = 4;

/**
 * Tries something again that stumbles over the locks of others, the second time at once, then with pauses that grow.
 * @param attempt is told how often it was tried before
 * @throws RetrofitError where it has been in vain for a quarter of an hour
 */
export async function patiently<T>(work: Work, what: string, attempt: (number: number) => Promise<T>): Promise<T> {
  const began = Date.now();
  for (let number = 0; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (![LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED].includes(sqlStateOf(error) ?? '')) throw error;
      if (number > 0) await waitLonger(work, what, number, Date.now() - began);
    }
  }
}

async function waitLonger({ session, progress }: Work, what: string, number: number, ms: number): Promise<void> {
  const waits = await waitsOf(session);
  if (ms > PATIENCE_MS) throw inVain(what, waits);
  const whom = waits.length > 0 ? `; in the way: ${waits.join(', ')}` : '';
  if (number === FIRST_TOLD) progress.say(`${what}: waits for locks${whom}`);
  await sleep(Math.min(FIRST_PAUSE_MS * 2 ** number, LONGEST_PAUSE_MS));
}

function inVain(what: string, waits: string[]): RetrofitError {
  return new RetrofitError(
    `${what}: rows, or the whole table, have been locked for 15 minutes. End the transactions that hold them, and run the command again: it goes on where it was`,
    waits,
  );
}
