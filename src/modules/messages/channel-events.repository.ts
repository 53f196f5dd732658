import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';

/** What is kept as it came: nothing handles it yet, or the message that it is about is not known. */
@Injectable()
export class ChannelEventsRepository extends OrgRepository {
  /** Once, however often it comes. */
  async keep(page: ConnectedPage, kind: string, dedupeKey: string, payload: object): Promise<void> {
    const { orgId } = this.mine;
    await this.sql
      .insertInto('channelEvents')
      .values({ orgId, id: uuidv7(), integrationId: page.id, kind, dedupeKey, payload: JSON.stringify(payload) })
      .onConflict((conflict) => conflict.columns(['orgId', 'integrationId', 'dedupeKey']).doNothing())
      .execute();
  }
}
