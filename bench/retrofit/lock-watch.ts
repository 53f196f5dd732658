import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const LOOK_EVERY_MS = 10;

/** A wait of the tool for a lock behind which whoever writes has to wait. */
export interface LockWait {
  mode: string;
  relation: string;
  ms: number;
}

/** Locks on tables that INSERT, UPDATE and DELETE do not go with. PostgreSQL manual, “Table-Level Locks”. */
const WAITS = `
SELECT l.pid, l.mode, l.relation::regclass::text AS relation, l.waitstart::text AS since,
  extract(epoch FROM clock_timestamp() - l.waitstart)::float8 * 1000 AS ms
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND l.locktype = 'relation' AND l.waitstart IS NOT NULL AND a.application_name = 'polydesk retrofit'
  AND a.datname = current_database()
  AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')`;

/** Looks every 10 ms which blocking locks the tool waits for, and how long. */
export class LockWatch {
  private readonly seen = new Map<string, LockWait>();
  private isStopped = false;
  private done: Promise<void> = Promise.resolve();

  static async start(url: string): Promise<LockWatch> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const watch = new LockWatch();
    watch.done = watch.look(client).finally(() => client.end());
    return watch;
  }

  /** Every wait that was seen. */
  async stop(): Promise<LockWait[]> {
    this.isStopped = true;
    await this.done;
    return [...this.seen.values()];
  }

  private async look(client: pg.Client): Promise<void> {
    while (!this.isStopped) {
      const { rows } = await client.query<LockWait & { pid: number; since: string }>({ name: 'waits', text: WAITS });
      for (const { pid, since, mode, relation, ms } of rows)
        this.seen.set(`${pid} ${since} ${mode} ${relation}`, { mode, relation, ms });
      await sleep(LOOK_EVERY_MS);
    }
  }
}
