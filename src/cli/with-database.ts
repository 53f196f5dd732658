import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { Config } from '../platform/config/config.js';
import { openPostgres } from '../platform/database/postgres.js';
import { nestLogger } from '../platform/logging/logger.js';
import { migrate } from '../server.js';
import { print } from '../run-server.js';

/** Runs a command beside, or without, a server: on DATABASE_URL or on the embedded Postgres. */
export async function withDatabase<T>(work: (config: Config) => Promise<T>): Promise<T> {
  const { config, stop } = await openPostgres(Config.load());
  try {
    return await work(config);
  } finally {
    await stop();
  }
}

/** Runs a command with the application's services, on a database that is brought up to date first. */
export async function withApplication<T>(work: (app: INestApplicationContext) => Promise<T>): Promise<T> {
  return withDatabase(async (config) => {
    await migrate(config, print);
    const app = await NestFactory.createApplicationContext(AppModule.with(config), {
      logger: nestLogger,
      abortOnError: false,
    });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  });
}
