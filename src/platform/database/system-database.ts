import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { logger } from '../logging/logger.js';
import { DatabaseConnections } from './database-connections.js';
import { PrismaClient } from './generated/prisma/client.js';
import { kyselyOver } from './kysely-driver.js';
import type { Sql } from './kysely-driver.js';
import { SystemPool } from './system-pool.js';

/**
 * Postgres across organizations, under a role of its own: sign-in, key and page look-up, the super admin's list, erasing an
 * organization. `architecture.spec.ts` lists the few files that may import it; every query in them names its organization,
 * or says why it cannot.
 */
@Injectable()
export class SystemDatabase implements OnApplicationShutdown {
  readonly pool: SystemPool;
  readonly prisma: PrismaClient;
  readonly sql: Sql;

  constructor(connections: DatabaseConnections) {
    this.pool = new SystemPool(connections.options('polydesk_system', 5));
    this.pool.on('error', (error) => logger.warn({ err: error }, 'An idle database connection was lost'));
    this.prisma = new PrismaClient({ adapter: new PrismaPg(this.pool) });
    this.sql = kyselyOver(this.pool);
  }

  /** Commits together, under the system role. What `work` asks of Database joins in, so that the audit entry does too. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.pool.transaction(work);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}
