import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { OtherEvent } from '../../channels/channel.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import type { Amending } from './amendments.repository.js';

/** An event as JSON has it. */
type Kept<E> = E extends Amending ? Omit<E, 'occurredAt'> & { occurredAt: string } : never;

interface KeptEvent {
  kind: string;
  dedupeKey: string;
  awaitedMessageId: string | null;
  payload: object;
}

/** What is kept beside the messages, each event once, however often it comes. */
@Injectable()
export class ChannelEventsRepository extends OrgRepository {
  /** As it came: nothing handles it yet. */
  keep(page: ConnectedPage, { type, dedupeKey, payload }: OtherEvent): Promise<void> {
    return this.insert(page, { kind: type, dedupeKey, awaitedMessageId: null, payload });
  }

  /** Until the message comes that it happened to. */
  keepEarly(page: ConnectedPage, event: Amending): Promise<void> {
    const { kind, dedupeKey, providerMessageId: awaitedMessageId } = event;
    return this.insert(page, { kind, dedupeKey, awaitedMessageId, payload: event });
  }

  /** Hands out, and forgets, what happened to a message before it came. */
  async takeEarly(page: ConnectedPage, providerMessageId: string): Promise<Amending[]> {
    const { orgId } = this.mine;
    const taken = await this.sql
      .deleteFrom('channelEvents')
      .where('orgId', '=', orgId)
      .where('integrationId', '=', page.id)
      .where('awaitedMessageId', '=', providerMessageId)
      .returning('payload')
      .$narrowType<{ payload: Kept<Amending> }>()
      .execute();
    return taken.map(({ payload }) => ({ ...payload, occurredAt: new Date(payload.occurredAt) }));
  }

  private async insert(page: ConnectedPage, { payload, ...event }: KeptEvent): Promise<void> {
    const { orgId } = this.mine;
    await this.sql
      .insertInto('channelEvents')
      .values({ orgId, id: uuidv7(), integrationId: page.id, ...event, payload: JSON.stringify(payload) })
      .onConflict((conflict) => conflict.columns(['orgId', 'integrationId', 'dedupeKey']).doNothing())
      .execute();
  }
}
