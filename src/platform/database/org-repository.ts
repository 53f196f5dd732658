import { Inject, Injectable } from '@nestjs/common';
import { OrgContext } from '../context/org-context.js';
import type { Companion } from './companions.js';
import { Database } from './database.js';
import type { ScopedPrisma } from './database.js';
import type { Sql } from './kysely-driver.js';
import type { PreparedStatement } from './prepared-statement.js';

/** Asks Postgres as the calling organization. Every query spreads or names `mine`. */
@Injectable()
export abstract class OrgRepository {
  @Inject(Database) private readonly database!: Database;

  protected get db(): ScopedPrisma {
    return this.database.prisma;
  }

  /** For the hot paths: what Prisma cannot say in one statement. */
  protected get sql(): Sql {
    return this.database.sql;
  }

  /** The rows that a prepared statement answers with. What goes before and what follows it travels along. */
  protected rows<V extends object, R>(
    statement: PreparedStatement<V, R>,
    values: V,
    also: readonly Companion[] = [],
    before: readonly Companion[] = [],
  ): Promise<R[]> {
    return this.database.rows(statement.with(this.sql, values), also, before);
  }

  /** Leaves a prepared statement, whose answer nobody needs, to the end of the transaction. */
  protected runAtEnd<V extends object>(statement: PreparedStatement<V, unknown>, values: V): void {
    this.database.runAtEnd(statement.with(this.sql, values));
  }

  /** The bound organization, captured when it is read; throws without one. */
  protected get mine(): { orgId: string } {
    return { orgId: OrgContext.orgId };
  }
}
