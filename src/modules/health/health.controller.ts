import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { Endpoint } from '../../platform/http/endpoint.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly database: SystemDatabase) {}

  @Get('live')
  @Endpoint({ does: 'Say whether the process runs', public: true })
  live() {
    return { status: 'live' };
  }

  /** 503 `unavailable` while Postgres is away: send no traffic here. */
  @Get('ready')
  @Endpoint({ does: 'Say whether requests can be served', public: true })
  async ready() {
    await this.database.pool.run({ text: 'SELECT 1' });
    return { status: 'ready' };
  }
}
