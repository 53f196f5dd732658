import { setTimeout as sleep } from 'node:timers/promises';
import { RetrofitError } from '../retrofit-error.js';
import { duration } from '../run/progress.js';
import type { Work } from '../run/work.js';

const LOOK_EVERY_MS = 100;
const TOLD_AFTER_MS = 2000;
const TOLD_AGAIN_AFTER_MS = 30_000;
const PATIENCE_MS = 30 * 60_000;
/** Who has written nothing so far most likely only reads: a report, a dump. If not, the sweeps of later phases see to it. */
const PATIENCE_WITH_READERS_MS = 60_000;

interface OldTransaction {
  who: string;
  /** Whether it has changed something. */
  writes: boolean;
}

/**
 * Waits until the transactions are over that were open when it was called: they may write rows by what they saw before.
 * @throws RetrofitError where one that writes lasts half an hour
 */
export async function waitForOldTransactions({ session, progress }: Pick<Work, 'session' | 'progress'>): Promise<void> {
  const { limit } = await session.row<{ limit: string }>(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS limit`,
  );
  const began = Date.now();
  let tellAt = began + TOLD_AFTER_MS;
  for (;;) {
    const waited = Date.now() - began;
    const old = (await session.rows<OldTransaction>(OLD, [limit])).filter(
      ({ writes }) => writes || waited < PATIENCE_WITH_READERS_MS,
    );
    if (old.length === 0) break;
    const names = old.map(({ who }) => who);
    if (waited > PATIENCE_MS)
      throw new RetrofitError(
        `Transactions that began before the sweep have been open for ${duration(waited / 1000)}. End them, and run the command again`,
        names,
      );
    if (Date.now() >= tellAt) {
      progress.say(`sweep: waits for older transactions: ${names.join(', ')}`);
      tellAt = Date.now() + TOLD_AGAIN_AFTER_MS;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Transactions with an id below $1, or a snapshot older than it, prepared ones too. `age` counts back from the next id, the same
 * for all of the query; ids of transactions are shown to everybody, when they began is not.
 */
const OLD = `
WITH bound AS (SELECT age((($1::text::numeric % 4294967296)::bigint::text)::xid) AS age)
SELECT format('process %s (%s)', pid, coalesce(nullif(application_name, ''), usename)) AS who, backend_xid IS NOT NULL AS writes
FROM pg_stat_activity, bound
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'background worker')
  AND (age(backend_xid) > bound.age OR (backend_xid IS NULL AND age(backend_xmin) > bound.age))
UNION ALL
SELECT format('prepared transaction %s', gid), true FROM pg_prepared_xacts, bound
WHERE database = current_database() AND age(transaction) > bound.age`;
