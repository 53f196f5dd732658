import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { Config } from './platform/config/config.js';
import { httpAdapter } from './platform/http/http-adapter.js';
import { serveOpenApi } from './platform/http/openapi.js';
import { nestLogger } from './platform/logging/logger.js';

/** The whole application, ready to listen. The database must be migrated. */
export async function createApp(config: Config, root = AppModule.with(config)): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(root, httpAdapter(), {
    logger: nestLogger,
    bodyParser: false,
    abortOnError: false,
  });
  app.enableCors({
    origin: config.settings.CORS_ORIGINS,
    credentials: true,
    exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  });
  serveOpenApi(app);
  await app.init();
  return app;
}
