import { Injectable } from '@nestjs/common';
import type { MessageFailed, WatermarkMoved } from '../../channels/channel-events.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { CustomersService } from '../customers/customers.service.js';
import { AmendmentsRepository } from './amendments.repository.js';
import type { Amending } from './amendments.repository.js';
import { ChannelEventsRepository } from './channel-events.repository.js';
import type { EarlyEvent } from './channel-events.repository.js';
import { MessageUpdated } from './message.events.js';
import { ReceiptsRepository } from './receipts.repository.js';
import type { Moved } from './receipts.repository.js';

/**
 * What becomes of messages after they were written: receipts, failures, edits, reactions. Each in a transaction of the caller's.
 * What comes before its message is kept until that comes.
 */
@Injectable()
export class MessageOutcomesService {
  constructor(
    private readonly receipts: ReceiptsRepository,
    private readonly amendments: AmendmentsRepository,
    private readonly channelEvents: ChannelEventsRepository,
    private readonly conversations: ConversationsService,
    private readonly customers: CustomersService,
    private readonly events: Events,
  ) {}

  async move(page: ConnectedPage, said: WatermarkMoved): Promise<void> {
    const first = await this.receipts.move(page, said);
    const event = first ? said : await this.customers.underKnownName(page.platform, said);
    const moved = first ?? (await this.moveOpening(page, event));
    if (!moved) return this.channelEvents.keepReceipt(page, event);
    await this.tell(moved);
    const { customerExternalId, providerMessageIds, dedupeKey } = event;
    for (const id of await this.receipts.unknown(page, customerExternalId, providerMessageIds))
      await this.channelEvents.keepEarly(page, {
        ...event,
        providerMessageId: id,
        providerMessageIds: [id],
        dedupeKey: `${dedupeKey} ${id}`,
      });
  }

  async fail(page: ConnectedPage, event: MessageFailed): Promise<void> {
    const failed = await this.receipts.fail(page, event);
    await this.tell(failed);
    if (failed.length > 0) return;
    const { customerExternalId, providerMessageId } = event;
    const [unknown] = await this.receipts.unknown(page, customerExternalId, [providerMessageId]);
    if (unknown !== undefined) await this.channelEvents.keepEarly(page, event);
  }

  async amend(page: ConnectedPage, event: Amending): Promise<void> {
    await this.holdBack(page, event);
    if (await this.amendKnown(page, event)) return;
    await this.channelEvents.keepEarly(page, event);
    await this.amendments.awaitMessages(page, event.customerExternalId);
  }

  /** Does to a message that has come, or got its id of the provider's, what happened to it before. */
  async applyEarly(page: ConnectedPage, providerMessageId: string): Promise<void> {
    for (const early of await this.channelEvents.takeEarly(page, providerMessageId)) await this.apply(page, early);
  }

  /** What a conversation that has just begun was told before. */
  async applyReceipts(page: ConnectedPage, customerExternalId: string): Promise<void> {
    for (const early of await this.channelEvents.takeReceipts(page, customerExternalId)) await this.apply(page, early);
  }

  /** The conversation may be opening at this moment; from here on it does not. */
  private async moveOpening(page: ConnectedPage, event: WatermarkMoved): Promise<Moved[] | null> {
    await this.conversations.lockOpening(page, event.customerExternalId);
    return this.receipts.move(page, event);
  }

  private async apply(page: ConnectedPage, event: EarlyEvent): Promise<void> {
    switch (event.kind) {
      case 'messages.delivered':
      case 'messages.read':
        return this.tell((await this.receipts.move(page, event)) ?? []);
      case 'message.failed':
        return this.tell(await this.receipts.fail(page, event));
      default:
        await this.amendKnown(page, event);
    }
  }

  private async amendKnown(page: ConnectedPage, event: Amending): Promise<boolean> {
    const amended = await this.amendments.amend(page, event);
    if (amended?.isChanged) await this.tell([amended], changesOf(event));
    return amended !== null;
  }

  private async tell(changed: Moved[], changes: Changes = {}): Promise<void> {
    for (const { id, conversationId } of changed)
      await this.events.publish(new MessageUpdated(id, conversationId, changes));
  }

  /** From here to the end of the transaction the message can no longer come, neither into a conversation nor as its first. */
  private async holdBack(page: ConnectedPage, { customerExternalId }: Amending): Promise<void> {
    if (await this.amendments.lock(page, customerExternalId)) return;
    await this.conversations.lockOpening(page, customerExternalId);
    await this.amendments.lock(page, customerExternalId);
  }
}

/** What a message said stays out of events; that it is gone does not. */
function changesOf({ kind, occurredAt }: Amending): Changes {
  return kind === 'message.deleted' ? changesBetween(null, { deletedAt: occurredAt.toISOString() }) : {};
}
