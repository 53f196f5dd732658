import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import { StandingCache } from '../database/standing-cache.js';
import { SystemDatabase } from '../database/system-database.js';
import { Jobs } from './jobs.js';

/** Of one organization, a minute: others' jobs must not stand behind all that it missed. */
const MOST_AT_ONCE = 5_000;

/** A job that was put off, for whoever looks at the queue. Not a failure: nothing was tried. */
export class OrganizationDeactivatedError extends Error {
  constructor() {
    super('Its organization is deactivated: it waits until that is active again');
    this.name = 'OrganizationDeactivatedError';
  }
}

/**
 * Jobs of deactivated organizations: they wait in the queue, with all that they hold, until their organization is active
 * again. Those of one that is gone find nothing, and end. Looks at the organizations that jobs belong to, and at the queue,
 * which is nobody's; graphile-worker has no function for a job that is under way.
 */
@Injectable()
export class WaitingJobs implements OnModuleInit {
  private readonly active = new StandingCache<true>();

  constructor(
    private readonly database: SystemDatabase,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.everyMinute('waiting-jobs', () => this.bringBack());
  }

  /** As it is now, or was two seconds ago at most, where another node changed it. */
  async isDeactivated(orgId: string): Promise<boolean> {
    return (await this.active.get(orgId, () => this.unlessDeactivated(orgId))) === undefined;
  }

  /** Puts off a job that this process is at. Throws, which is how a job ends that is not done. */
  async putOff(jobId: string): Promise<never> {
    await sql`
      UPDATE graphile_worker._private_jobs SET run_at = 'infinity', attempts = 0 WHERE id = ${jobId}::bigint`.execute(
      this.database.sql,
    );
    throw new OrganizationDeactivatedError();
  }

  /** To be called where an organization has changed. */
  async reconsider(orgId: string): Promise<void> {
    this.active.clear();
    if (!(await this.isDeactivated(orgId))) await this.release(orgId);
  }

  /** Also what was put off while its organization was being activated. */
  async bringBack(): Promise<void> {
    for (const orgId of await this.waitingFor()) if (!(await this.isDeactivated(orgId))) await this.release(orgId);
  }

  /** Undefined, which is not remembered, for one that is deactivated. */
  private async unlessDeactivated(orgId: string): Promise<true | undefined> {
    const organization = this.database.sql.selectFrom('organizations').where('id', '=', orgId).select('isActive');
    return (await organization.executeTakeFirst())?.isActive === false ? undefined : true;
  }

  /** `priority`, which all jobs share, leads the queue's index. */
  private async waitingFor(): Promise<string[]> {
    const { rows } = await sql<{ orgId: string }>`
      SELECT DISTINCT payload ->> 'orgId' AS "orgId" FROM graphile_worker._private_jobs
      WHERE is_available AND priority = 0 AND run_at = 'infinity'`.execute(this.database.sql);
    return rows.map(({ orgId }) => orgId);
  }

  private async release(orgId: string): Promise<void> {
    await sql`
      UPDATE graphile_worker._private_jobs SET run_at = ${new Date()}::timestamptz
      WHERE id IN (
        SELECT id FROM graphile_worker._private_jobs
        WHERE is_available AND priority = 0 AND run_at = 'infinity' AND payload ->> 'orgId' = ${orgId}
        ORDER BY id LIMIT ${MOST_AT_ONCE} FOR UPDATE
      )`.execute(this.database.sql);
  }
}
