import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { keptFile } from '../config/kept-file.js';
import { logger } from '../logging/logger.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';

/** A Postgres to work on, and how to let go of it. */
export interface Postgres {
  /** The configuration, now with DATABASE_URL. */
  config: Config;
  stop(): Promise<void>;
}

/** The Postgres of DATABASE_URL, or the embedded one, started. */
export async function openPostgres(config: Config): Promise<Postgres> {
  if (config.settings.DATABASE_URL !== '') return { config, stop: () => Promise.resolve() };
  const directory = join(config.dataDirectory, 'postgres');
  const password = keptPassword(config.dataDirectory);
  const postgres = await EmbeddedPostgres.start({ directory, password, onLog: (line) => logger.info(line) });
  return { config: config.withDatabase(postgres.url), stop: () => postgres.stop() };
}

/** The embedded cluster's password, made once: a cluster keeps the one it was created with. */
function keptPassword(dataDirectory: string): string {
  return keptFile(dataDirectory, 'postgres-password', () => randomBytes(24).toString('base64url'));
}
