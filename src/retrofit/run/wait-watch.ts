import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../database/session.js';

/** Whoever waits less is not worth a word. */
const LOOK_AFTER_MS = 2000;
const LOOK_EVERY_MS = 2000;

/**
 * Does something that may wait for other transactions, and says meanwhile whom it waits for: from a second connection, which
 * sees what the first one cannot say.
 */
export async function watched<T>(
  session: Session,
  what: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { pid } = await session.row<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const end = new AbortController();
  const watch = lookOn(session, pid, (line) => say(`  ${what}: ${line}`), end.signal).catch(() => undefined);
  try {
    return await work();
  } finally {
    end.abort();
    await watch;
  }
}

async function lookOn(session: Session, pid: number, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  await sleep(LOOK_AFTER_MS, undefined, { signal });
  const observer = await session.beside();
  try {
    let told = '';
    while (!signal.aborted) {
      const line = await waitOf(observer, pid);
      if (line !== null && line !== told) say(line);
      told = line ?? told;
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  } finally {
    await observer.close();
  }
}

/** `waits for process 4711 (psql, in a transaction since 10:15:03): SELECT …`, or null where it does not wait. */
async function waitOf(observer: Session, pid: number): Promise<string | null> {
  const rows = await observer.rows<{ line: string }>(
    `SELECT format('process %s (%s, %s): %s', a.pid, coalesce(nullif(a.application_name, ''), a.usename, a.backend_type),
       CASE WHEN a.xact_start IS NULL THEN 'prepared' ELSE format('in a transaction since %s', to_char(a.xact_start, 'HH24:MI:SS')) END,
       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60)) AS line
     FROM unnest(pg_blocking_pids($1)) AS b(pid) LEFT JOIN pg_stat_activity a USING (pid) WHERE b.pid <> 0 ORDER BY a.xact_start LIMIT 3`,
    [pid],
  );
  return rows.length > 0 ? `waits for ${rows.map(({ line }) => line).join(', ')}. It goes on when that ends` : null;
}
