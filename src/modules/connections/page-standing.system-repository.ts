import { Injectable } from '@nestjs/common';
import type { Platform } from '../../channels/channel.js';
import { SystemDatabase } from '../../platform/database/system-database.js';

/** A connected page, and the organization that has connected it. */
export interface Owner {
  externalId: string;
  orgId: string;
}

/**
 * What nobody can know from inside one organization: whether a page is connected at all, and whether anybody else relies on
 * a subscription. Who they are never leaves this server.
 */
@Injectable()
export class PageStandingSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Those of the pages that are connected. Names no organization: whose they are is the question. */
  owners(platform: Platform, externalIds: string[]): Promise<Owner[]> {
    return this.database.sql
      .selectFrom('channelRoutes')
      .where('platform', '=', platform)
      .where('externalId', 'in', externalIds)
      .select(['externalId', 'orgId'])
      .execute();
  }

  /** Whether any organization has another connected page of this business account. Its subscription serves them all. */
  async isShared(platform: string, businessId: string, integration: { orgId: string; id: string }): Promise<boolean> {
    const other = await this.database.sql
      .selectFrom('integrations')
      .where('platform', '=', platform)
      .where('businessId', '=', businessId)
      .where('isActive', '=', true)
      .where(({ not, and, eb }) => not(and([eb('orgId', '=', integration.orgId), eb('id', '=', integration.id)])))
      .select('id')
      .limit(1)
      .executeTakeFirst();
    return other !== undefined;
  }
}
