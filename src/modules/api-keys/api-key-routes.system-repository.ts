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
  /** When the key, or this secret of it, ends; null for never. */
  endsAt: string | null;
  organizationIsActive: boolean;
  organizationTier: string;
  /** What its settings say of limits: see request-allowance.ts. */
  rateLimits: unknown;
}

/** Finds a key before its organization is known: by the hash of its whole text, in the directory. */
@Injectable()
export class ApiKeyRoutesSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Only a key that works now: active, not over, its secret not rotated away. */
  standing(keyHash: Buffer): Promise<ApiKeyStanding | undefined> {
    const now = new Date().toISOString();
    return this.database.sql
      .selectFrom('apiKeyRoutes as r')
      .innerJoin('apiKeys as k', (join) => join.onRef('k.orgId', '=', 'r.orgId').onRef('k.id', '=', 'r.apiKeyId'))
      .innerJoin('organizations as o', 'o.id', 'r.orgId')
      .where('r.keyHash', '=', keyHash)
      .where((or) => or.or([or('r.expiresAt', 'is', null), or('r.expiresAt', '>', now)]))
      .where((or) => or.or([or('k.expiresAt', 'is', null), or('k.expiresAt', '>', now)]))
      .where('k.isActive', '=', true)
      .select(['r.orgId', 'k.id', 'k.name', 'k.scopes', 'o.isActive as organizationIsActive'])
      .select(['o.tier as organizationTier', sql<unknown>`o.settings -> ${sql.lit(RATE_LIMITS)}`.as('rateLimits')])
      .select(({ fn }) => fn<string | null>('least', ['r.expiresAt', 'k.expiresAt']).as('endsAt'))
      .executeTakeFirst();
  }
}
