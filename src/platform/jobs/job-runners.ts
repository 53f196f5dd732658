import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SystemDatabase } from '../database/system-database.js';

/** A process that has said nothing for so long has died, or might as well have. */
const SILENT_SECONDS = 15;

/**
 * Which processes work on jobs, on all nodes. The queue gives a dead one's jobs to others after four hours by itself; customers
 * wait for answers. Knows no organization: processes belong to none.
 */
@Injectable()
export class JobRunners {
  constructor(private readonly database: SystemDatabase) {}

  /**
   * This one is alive, and does these jobs. Others that the queue believes with it it has never heard of: a connection broke
   * after Postgres had handed them out. Source: graphile-worker, `get_job`; there is no function for single jobs.
   */
  async beat(runnerId: string, activeJobs: string[]): Promise<void> {
    await sql`
      INSERT INTO job_runners (id, seen_at) VALUES (${runnerId}, now())
      ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`.execute(this.database.sql);
    await sql`
      UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL
      WHERE locked_by = ${runnerId} AND NOT id = ANY (${activeJobs}::bigint[])
        AND locked_at < now() - make_interval(secs => ${SILENT_SECONDS})`.execute(this.database.sql);
  }

  async leave(runnerId: string): Promise<void> {
    await sql`DELETE FROM job_runners WHERE id = ${runnerId}`.execute(this.database.sql);
  }

  /** Gives the jobs of the dead to the living. Returns how many had died. */
  async buryTheDead(): Promise<number> {
    const { rows } = await sql<{ id: string }>`
      DELETE FROM job_runners WHERE seen_at < now() - make_interval(secs => ${SILENT_SECONDS})
      RETURNING id`.execute(this.database.sql);
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0)
      await sql`SELECT FROM graphile_worker.force_unlock_workers(${ids}::text[])`.execute(this.database.sql);
    return ids.length;
  }
}
