import { Logger, runMigrations } from 'graphile-worker';
import type pg from 'pg';
import { alone, withOwner } from '../database/owner-client.js';

/** A lock of our own: two nodes that start at once would trip over each other's grants. */
const ADVISORY_LOCK = 72_707_370;

/** The role that works on jobs may do all with the queue; requests reach it through `app.add_job` alone. */
const GRANTS = `
DO $$
DECLARE queue record;
BEGIN
  GRANT USAGE ON SCHEMA graphile_worker TO polydesk_system;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO polydesk_system;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO polydesk_system;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA graphile_worker FROM PUBLIC;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO polydesk_system;
  FOR queue IN
    SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relrowsecurity
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'platform')
  LOOP
    EXECUTE format('CREATE POLICY platform ON %s TO polydesk_system USING (true) WITH CHECK (true)', queue.name);
  END LOOP;
END $$`;

/** Brings graphile-worker's schema up to date, as the owner, and lets the serving role work with it. */
export async function prepareJobs(ownerUrl: string): Promise<void> {
  await alone(ownerUrl, ADVISORY_LOCK, async () => {
    await runMigrations({ connectionString: ownerUrl, logger: silent });
    await withOwner(ownerUrl, 'polydesk_jobs', (owner) => grant(owner));
  });
}

async function grant(owner: pg.Client): Promise<void> {
  await owner.query(GRANTS);
}

/** graphile-worker tells of each of its migrations; who starts a server wants to hear of ours. */
const silent = new Logger(() => () => undefined);
