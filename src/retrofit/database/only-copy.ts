import { setTimeout as sleep } from 'node:timers/promises';
import { RetrofitError } from '../retrofit-error.js';
import type { Session } from './session.js';

/** `polydesk` in ASCII, cut to fit: the first key of the advisory lock; the second one is this tool. */
const KEYS = '1886350457, 1';
/** A killed copy's connection lasts until PostgreSQL notices, which it looks for every second. */
const PATIENCE_MS = 5000;
const STEP_MS = 250;

/**
 * Makes this the only copy of the tool that changes the database, for as long as the session lasts.
 * @throws RetrofitError where another one is at it
 */
export async function claimDatabase(session: Session): Promise<void> {
  for (let waited = 0; waited <= PATIENCE_MS; waited += STEP_MS) {
    const { claimed } = await session.row<{ claimed: boolean }>(`SELECT pg_try_advisory_lock(${KEYS}) AS claimed`);
    if (claimed) return;
    await sleep(STEP_MS);
  }
  throw new RetrofitError(
    `Another retrofit command is at work on this database${await whoHolds(session)}. Wait for it, or end it; 'retrofit status' says how far it is`,
  );
}

async function whoHolds(session: Session): Promise<string> {
  const [holder] = await session.rows<{ pid: number; address: string | null; since: string }>(
    `SELECT a.pid, host(a.client_addr) AS address, to_char(a.backend_start, 'HH24:MI:SS') AS since
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::int, l.objid::int) = (${KEYS})`,
  );
  return holder
    ? ` (PostgreSQL process ${holder.pid}, from ${holder.address ?? 'this machine'}, since ${holder.since})`
    : '';
}
