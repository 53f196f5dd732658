import { Injectable } from '@nestjs/common';
import type { ChannelEvent } from '../../channels/channel-events.js';
import type { Platform } from '../../channels/channel.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { ConnectedPage } from '../conversations/connected-page.js';

/** A connected page, and the organization that has connected it. */
export interface Route {
  orgId: string;
  page: ConnectedPage;
}

/** Whose page it is. Asked before any organization is known: nothing but the provider's name of the page can say. */
@Injectable()
export class ChannelRoutesSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Undefined where nobody has connected the page. */
  async find(platform: Platform, oaId: string): Promise<Route | undefined> {
    const row = await this.database.sql
      .selectFrom('channelRoutes')
      .where('platform', '=', platform)
      .where('externalId', '=', oaId)
      .select(['orgId', 'integrationId as id'])
      .executeTakeFirst();
    return row && { orgId: row.orgId, page: { id: row.id, platform, oaId } };
  }

  /** Every connected page that an account holds, whichever organizations have connected them. Rare: reads all of them. */
  async findByBusiness(platform: Platform, businessId: string): Promise<Route[]> {
    const rows = await this.database.sql
      .selectFrom('integrations')
      .where('platform', '=', platform)
      .where('businessId', '=', businessId)
      .where('isActive', '=', true)
      .select(['orgId', 'id', 'oaId'])
      .execute();
    return rows.map(({ orgId, id, oaId }) => ({ orgId, page: { id, platform, oaId } }));
  }

  /** Events that belong to nobody, for the operator: how many, and the last of them. */
  async countUnrouted(platform: Platform, oaId: string, events: number, last: ChannelEvent): Promise<void> {
    const now = new Date();
    const lastEvent = JSON.stringify(last);
    await this.database.sql
      .insertInto('unroutedEvents')
      .values({ platform, externalId: oaId, count: String(events), lastEvent, firstAt: now, lastAt: now })
      .onConflict((conflict) =>
        conflict.columns(['platform', 'externalId']).doUpdateSet(({ eb, ref }) => ({
          count: eb('unroutedEvents.count', '+', ref('excluded.count')),
          lastEvent,
          lastAt: now,
        })),
      )
      .execute();
  }
}
