import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { RATE_LIMITS } from '../organizations/request-allowance.js';

/** What a presented key stands for. */
export interface ApiKeyStanding {
  orgId: string;
  id: string;
  name: string;
  scopes: string[];
  /** The chatbot that writes with it; null for a key of anybody else. */
  chatbotId: string | null;
  /** When the key, or this secret of it, ends; null for never. */
  endsAt: string | null;
  organizationIsActive: boolean;
  organizationTier: string;
  /** What its settings say of limits: see request-allowance.ts. */
  rateLimits: unknown;
}

interface Route {
  orgId: string;
  apiKeyId: string;
  expiresAt: string | null;
}

/** Finds a key before its organization is known: by the hash of its whole text, in the directory. */
@Injectable()
export class ApiKeyRoutesSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /**
   * Only a key that works now: active, not over, its secret not rotated away. Asked for in two steps: the directory says
   * whose it is, so that the second knows which machine of a cluster has it.
   */
  async standing(keyHash: Buffer): Promise<ApiKeyStanding | undefined> {
    const now = new Date().toISOString();
    const route = await this.routeOf(keyHash, now);
    return route && this.keyAt(route, now);
  }

  private routeOf(keyHash: Buffer, now: string): Promise<Route | undefined> {
    return this.database.sql
      .selectFrom('apiKeyRoutes')
      .where('keyHash', '=', keyHash)
      .where((or) => or.or([or('expiresAt', 'is', null), or('expiresAt', '>', now)]))
      .select(['orgId', 'apiKeyId', 'expiresAt'])
      .executeTakeFirst();
  }

  private keyAt({ orgId, apiKeyId, expiresAt }: Route, now: string): Promise<ApiKeyStanding | undefined> {
    const secretEndsAt = sql<string | null>`${expiresAt}::timestamptz`;
    return this.database.sql
      .selectFrom('apiKeys as k')
      .innerJoin('organizations as o', (join) => join.on('o.id', '=', orgId))
      .leftJoin('chatbots as b', (join) => join.on('b.orgId', '=', orgId).onRef('b.apiKeyId', '=', 'k.id'))
      .where('k.orgId', '=', orgId)
      .where('k.id', '=', apiKeyId)
      .where((or) => or.or([or('k.expiresAt', 'is', null), or('k.expiresAt', '>', now)]))
      .where('k.isActive', '=', true)
      .select(['k.orgId', 'k.id', 'k.name', 'k.scopes', 'b.id as chatbotId'])
      .select('o.isActive as organizationIsActive')
      .select(['o.tier as organizationTier', sql<unknown>`o.settings -> ${sql.lit(RATE_LIMITS)}`.as('rateLimits')])
      .select(({ fn, ref }) => fn<string | null>('least', [ref('k.expiresAt'), secretEndsAt]).as('endsAt'))
      .executeTakeFirst();
  }
}
