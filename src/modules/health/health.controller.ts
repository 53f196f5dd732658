import { setTimeout } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DatabaseUnavailableError } from '../../platform/database/database-errors.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { Endpoint } from '../../platform/http/endpoint.js';

/** Whoever asks is a probe, with little patience. */
const PATIENCE_MS = 2_000;

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly database: SystemDatabase) {}

  @Get('live')
  @Endpoint({ does: 'Say whether the process runs', public: true })
  live() {
    return { status: 'live' };
  }

  /** 503 `unavailable` while Postgres is away or does not answer: send no traffic here. */
  @Get('ready')
  @Endpoint({ does: 'Say whether requests can be served', public: true })
  async ready() {
    await Promise.race([this.database.pool.run({ text: 'SELECT 1' }), impatience()]);
    return { status: 'ready' };
  }
}

async function impatience(): Promise<never> {
  await setTimeout(PATIENCE_MS, undefined, { ref: false });
  throw new DatabaseUnavailableError(`no answer within ${PATIENCE_MS} ms`);
}
