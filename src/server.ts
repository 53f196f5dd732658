import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { seedDemo } from '../prisma/seed.js';
import { AppModule } from './app.module.js';
import { createApp } from './app.js';
import { refuseDevelopmentKey } from './modules/api-keys/development-key.js';
import { TokenRotation } from './modules/integrations/token-rotation.js';
import type { Config } from './platform/config/config.js';
import { DatabaseConnections } from './platform/database/database-connections.js';
import { prepareDatabaseRoles } from './platform/database/database-roles.js';
import { MigrationRunner } from './platform/database/migration-runner.js';
import { migrationsDirectory } from './platform/database/migrations-directory.js';
import { openPostgres } from './platform/database/postgres.js';
import type { Postgres } from './platform/database/postgres.js';
import { SystemDatabase } from './platform/database/system-database.js';
import { JobRunner } from './platform/jobs/job-runner.js';
import { prepareJobs } from './platform/jobs/job-schema.js';
import { codeOf, messageOf } from './platform/errors/thrown.js';
import { nestLogger } from './platform/logging/logger.js';
import { startTracing } from './platform/tracing/tracing.js';

const CONNECT_TIMEOUT_MS = 10_000;
const OLDEST_POSTGRES = 15;

/** A running server. */
export interface Server {
  url: string;
  /** The demo sign-ins, where this start made them. */
  demo: string[];
  /** Finishes what is in flight, then lets go of everything. */
  stop(): Promise<void>;
}

/** Postgres, migrations, roles, application, and listening, in that order. What was started is stopped where a step fails. */
export async function startServer(config: Config, say: (line: string) => void): Promise<Server> {
  const stopTracing = startTracing();
  const postgres = await openPostgres(config);
  try {
    await migrate(postgres.config, say);
    const app = await createApp(postgres.config);
    const demo = await prepareData(app, postgres.config);
    await listen(app, postgres.config);
    if (postgres.config.settings.RUN_JOBS) app.get(JobRunner).start();
    return { url: await app.getUrl(), demo, stop: () => stop(app, postgres).finally(stopTracing) };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Works on jobs beside servers that have RUN_JOBS=false, on the same database. Resolves with what stops it. */
export async function startWorker(config: Config, say: (line: string) => void): Promise<() => Promise<void>> {
  if (config.settings.DATABASE_URL === '')
    throw new StartError(
      'A worker needs DATABASE_URL: the embedded Postgres belongs to one server, which works on jobs itself',
    );
  const stopTracing = startTracing();
  await migrate(config, say);
  const app = await NestFactory.createApplicationContext(AppModule.with(config), {
    logger: nestLogger,
    abortOnError: false,
  });
  app.get(JobRunner).start();
  return () => app.close().finally(stopTracing);
}

/** Brings the schema and the serving roles up to date. */
export async function migrate(config: Config, say: (line: string) => void): Promise<string[]> {
  const connections = new DatabaseConnections(config);
  await assertUsable(connections);
  const runner = new MigrationRunner(connections.ownerUrl, migrationsDirectory());
  const applied = await runner.apply((name) => say(`Migrating: ${name}`));
  await prepareDatabaseRoles(connections);
  await prepareJobs(connections.ownerUrl);
  return applied;
}

/** Before anything is done: is it there, and is it a Postgres that we know? */
async function assertUsable(connections: DatabaseConnections): Promise<void> {
  const client = new pg.Client({ connectionString: connections.ownerUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // The query under way rejects with the same error.
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    const version = Math.floor((rows[0]?.version ?? 0) / 10_000);
    if (version < OLDEST_POSTGRES)
      throw new StartError(`DATABASE_URL is PostgreSQL ${version}: ${OLDEST_POSTGRES} or newer is needed`);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`DATABASE_URL cannot be used: ${connections.describeOwner()} says: ${messageOf(error)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function prepareData(app: NestFastifyApplication, config: Config): Promise<string[]> {
  await app.get(TokenRotation).run();
  if (config.isProduction) await refuseDevelopmentKey(app.get(SystemDatabase));
  return config.settings.ENVIRONMENT === 'development' ? seedDemo(app) : [];
}

async function listen(app: NestFastifyApplication, { settings: { HOST, PORT } }: Config): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    await app.close();
    if (codeOf(error) === 'EADDRINUSE')
      throw new StartError(`Port ${PORT} is taken: stop what listens there, or set PORT to another`);
    if (codeOf(error) === 'EADDRNOTAVAIL')
      throw new StartError(
        `HOST ${HOST} is not an address of this machine: 0.0.0.0 is all of them, 127.0.0.1 this machine only`,
      );
    throw error;
  }
}

/** Takes nothing new from the first moment on: jobs and sockets are let go of before Nest closes what they came by. */
async function stop(app: NestFastifyApplication, postgres: Postgres): Promise<void> {
  const { server } = app.getHttpAdapter().getInstance();
  server.close();
  server.closeIdleConnections();
  await app.close();
  await postgres.stop();
}

/** Why the server cannot start, in a sentence for the person at the terminal. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}
