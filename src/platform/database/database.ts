import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type { CompiledQuery } from 'kysely';
import { Config } from '../config/config.js';
import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../context/org-context.js';
import { logger } from '../logging/logger.js';
import type { Companion } from './companions.js';
import { DatabaseConnections } from './database-connections.js';
import { PrismaClient } from './generated/prisma/client.js';
import { kyselyOver, toStatement } from './kysely-driver.js';
import type { Sql } from './kysely-driver.js';
import { OrganizationPool } from './organization-pool.js';
import { scopedQueries } from './scoped-queries.js';
import { Transaction } from './transaction.js';

const scoped = (pool: OrganizationPool) => new PrismaClient({ adapter: new PrismaPg(pool) }).$extends(scopedQueries);
export type ScopedPrisma = ReturnType<typeof scoped>;

/**
 * Postgres as the bound organization sees it: every query runs as a role that row-level security holds, bound to the
 * organization of the calling context. Prisma and Kysely share the pool and its transactions.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly prisma: ScopedPrisma;
  readonly sql: Sql;
  private readonly pool: OrganizationPool;

  constructor(config: Config, connections: DatabaseConnections) {
    const { ENABLE_POSTGRESQL_RLS: rls, REQUIRE_ORGANIZATION_CONTEXT: required } = config.settings;
    OrgContext.fallBackTo(required ? null : DEFAULT_ORGANIZATION_ID);
    this.pool = new OrganizationPool(connections.options(rls ? 'polydesk_app' : 'polydesk_system', 10));
    this.pool.on('error', (error) => logger.warn({ err: error }, 'An idle database connection was lost'));
    this.prisma = scoped(this.pool);
    this.sql = kyselyOver(this.pool);
  }

  /** Everything asked of this database inside `work` commits together, or not at all. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.pool.transaction(work);
  }

  /** Does this once the transaction under way has committed, and never where it has not; at once where there is none. */
  afterCommit(work: () => void): void {
    Transaction.onCommit(work);
  }

  /** A compiled query's rows, past Kysely's own machinery. What goes before and what follows it commits with it. */
  async rows<R>(
    query: CompiledQuery<R>,
    also: readonly Companion[] = [],
    before: readonly Companion[] = [],
  ): Promise<R[]> {
    const { rows } = await this.pool.run({ ...toStatement(query), also, before });
    return rows as R[]; // R is what the query says it selects.
  }

  /** Companions alone: in the transaction under way with its COMMIT, otherwise at once. */
  async send(companion: Companion): Promise<void> {
    const { text, values } = companion;
    if (this.pool.isInTransaction) this.pool.runAtEnd({ text, values });
    else await this.pool.run({ text, values });
  }

  /** A statement of the transaction under way whose answer nobody needs: it travels with the COMMIT. */
  runAtEnd(query: CompiledQuery): void {
    this.pool.runAtEnd(toStatement(query));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}
