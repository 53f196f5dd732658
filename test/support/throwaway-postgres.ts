import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { MigrationRunner } from '../../src/platform/database/migration-runner.js';
import { prepareJobs } from '../../src/platform/jobs/job-schema.js';
import { PgBouncer } from './pgbouncer.js';

declare global {
  // Jest gives set-up and teardown nothing to share but the global object.
  var stopThrowawayPostgres: (() => Promise<void>) | undefined;
}

export const TEMPLATE = 'polydesk_template';
/** Fewer than a suite's application has: they must share. */
const POOLED_CONNECTIONS = 8;

/**
 * One throwaway Postgres for all suites, with a migrated template that each copies its own database from. With
 * POLYDESK_TEST_PGBOUNCER=1 the applications under test reach it through PgBouncer.
 */
export async function startThrowawayPostgres(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'polydesk-test-'));
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
    shared_buffers: '256MB',
  };
  const postgres = await EmbeddedPostgres.start({
    directory: join(directory, 'postgres'),
    password: 'throwaway',
    settings,
  });
  const pooler = process.env['POLYDESK_TEST_PGBOUNCER']
    ? await PgBouncer.before(postgres.url, POOLED_CONNECTIONS)
    : null;
  globalThis.stopThrowawayPostgres = async () => {
    await pooler?.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  process.env['POLYDESK_TEST_DIRECTORY'] = directory;
  process.env['POLYDESK_TEST_POSTGRES'] = postgres.url;
  process.env['POLYDESK_TEST_APPLICATION_POSTGRES'] = pooler?.url ?? postgres.url;
  await makeTemplate(postgres.url);
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  const template = new URL(url);
  template.pathname = TEMPLATE;
  await new MigrationRunner(template.href, resolve('prisma/migrations')).apply();
  await prepareJobs(template.href);
}
