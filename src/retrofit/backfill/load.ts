/** What the server says of itself. */
export interface Load {
  /** Written since it was made, by everybody. */
  walBytes: number;
  /** Of the replica that is furthest behind, in seconds; 0 without replicas. */
  lag: number;
  /** The process that vacuums the table, or null. */
  vacuum: number | null;
  /** Sessions that have waited for a lock on the table for a second or longer. */
  queue: number;
  /** Sessions that have waited for this transaction for so long that somebody could notice. */
  waiters: number;
}

/** @see Load. $1 is the table. All of it is to be seen without special rights, but for the lag, which pg_monitor sees. */
export const LOAD = `
WITH waiting AS MATERIALIZED (
  SELECT pid, database, relation, clock_timestamp() - waitstart AS long FROM pg_locks WHERE NOT granted
)
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS "walBytes",
  coalesce((SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication), 0)::float8 AS lag,
  (SELECT min(pid) FROM pg_stat_progress_vacuum WHERE relid = $1 AND datname = current_database()) AS vacuum,
  (SELECT count(*)::int FROM waiting JOIN pg_database d ON d.oid = waiting.database
    WHERE relation = $1 AND datname = current_database() AND long > interval '1 s') AS queue,
  (SELECT count(*)::int FROM waiting WHERE long > interval '50 ms' AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) AS waiters`;
