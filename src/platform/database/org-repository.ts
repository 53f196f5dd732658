import { Inject, Injectable } from '@nestjs/common';
import { OrgContext } from '../context/org-context.js';
import { Database } from './database.js';
import type { ScopedPrisma } from './database.js';
import type { Sql } from './kysely-driver.js';

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

  /** The bound organization, captured when it is read; throws without one. */
  protected get mine(): { orgId: string } {
    return { orgId: OrgContext.orgId };
  }
}
