import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { MessageFailed, OtherEvent, WatermarkMoved } from '../../channels/channel-events.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import type { Amending } from './amendments.repository.js';

/** A receipt for one message that it names. */
export type NamedReceipt = WatermarkMoved & { providerMessageId: string };

/** What can come before the message that it happened to. */
export type EarlyEvent = Amending | NamedReceipt | MessageFailed;

/** An event as JSON has it. */
type Kept<E> = E extends EarlyEvent ? Omit<E, 'occurredAt' | 'until'> & { occurredAt: string; until?: string } : never;

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
  keepEarly(page: ConnectedPage, event: EarlyEvent): Promise<void> {
    const { kind, dedupeKey, providerMessageId: awaitedMessageId } = event;
    return this.insert(page, { kind, dedupeKey, awaitedMessageId, payload: event });
  }

  /** Until the customer's conversation begins: of each kind the newest. */
  async keepReceipt(page: ConnectedPage, event: WatermarkMoved): Promise<void> {
    const { orgId } = this.mine;
    const { kind, customerExternalId } = event;
    const [dedupeKey, awaitedMessageId] = [`${kind} ${customerExternalId}`, receiptsOf(customerExternalId)];
    const payload = JSON.stringify(event);
    await this.sql
      .insertInto('channelEvents')
      .values({ orgId, id: uuidv7(), integrationId: page.id, kind, dedupeKey, awaitedMessageId, payload })
      .onConflict((conflict) => conflict.columns(['orgId', 'integrationId', 'dedupeKey']).doUpdateSet({ payload }))
      .execute();
  }

  /** Hands out, and forgets, how far our messages had got before the customer's conversation began. */
  takeReceipts(page: ConnectedPage, customerExternalId: string): Promise<EarlyEvent[]> {
    return this.takeEarly(page, receiptsOf(customerExternalId));
  }

  /** Hands out, and forgets, what happened to a message before it came. */
  async takeEarly(page: ConnectedPage, providerMessageId: string): Promise<EarlyEvent[]> {
    const { orgId } = this.mine;
    const taken = await this.sql
      .deleteFrom('channelEvents')
      .where('orgId', '=', orgId)
      .where('integrationId', '=', page.id)
      .where('awaitedMessageId', '=', providerMessageId)
      .returning('payload')
      .$narrowType<{ payload: Kept<EarlyEvent> }>()
      .execute();
    return taken.map(({ payload }) => revived(payload));
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

function revived(event: Kept<EarlyEvent>): EarlyEvent {
  const occurredAt = new Date(event.occurredAt);
  return isReceipt(event) ? { ...event, occurredAt, until: new Date(event.until ?? 0) } : { ...event, occurredAt };
}

function isReceipt(event: Kept<EarlyEvent>): event is Kept<NamedReceipt> {
  return event.kind === 'messages.delivered' || event.kind === 'messages.read';
}

/** In place of a message's id, which none has. */
function receiptsOf(customerExternalId: string): string {
  return `receipts of ${customerExternalId}`;
}
