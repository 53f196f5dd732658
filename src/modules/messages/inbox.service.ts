import { Injectable } from '@nestjs/common';
import type {
  ChannelEvent,
  MessageEchoed as EchoEvent,
  MessageReceived as MessageEvent,
} from '../../channels/channel.js';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { AmendmentsRepository } from './amendments.repository.js';
import type { Amending } from './amendments.repository.js';
import { ChannelEventsRepository } from './channel-events.repository.js';
import { InboxRepository } from './inbox.repository.js';
import type { Arrival, Scope } from './inbox.repository.js';
import { MessageEchoed, MessageReceived } from './message.events.js';
import type { MessageCreated } from './message.events.js';
import { PageMovedError } from './page-moved.error.js';
import { ReceiptsRepository } from './receipts.repository.js';

type Arriving = MessageEvent | EchoEvent;

/** Takes in what channels tell. Everything may come twice, and in any order. */
@Injectable()
export class InboxService {
  constructor(
    private readonly inbox: InboxRepository,
    private readonly receipts: ReceiptsRepository,
    private readonly amendments: AmendmentsRepository,
    private readonly channelEvents: ChannelEventsRepository,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /**
   * Must run inside the organization that the page belongs to; rejects with PageMovedError where it does not any more. Resolves
   * once the event is safely kept.
   */
  async receive(page: ConnectedPage, event: ChannelEvent): Promise<void> {
    switch (event.kind) {
      case 'message.received':
        return this.arrive(page, event, MessageReceived, (scope) => this.inbox.receive(page, event, scope));
      case 'message.echoed':
        return this.arrive(page, event, MessageEchoed, (scope) => this.inbox.echo(page, event, scope));
      case 'messages.delivered':
      case 'messages.read':
        return this.whileConnected(page, () => this.receipts.move(page, event));
      case 'message.reacted':
      case 'message.edited':
      case 'message.deleted':
        return this.whileConnected(page, () => this.amend(page, event));
      case 'other':
        return this.whileConnected(page, () => this.channelEvents.keep(page, event));
    }
  }

  private whileConnected(page: ConnectedPage, work: () => Promise<void>): Promise<void> {
    return this.database.transaction(async () => {
      await this.assertConnected(page);
      await work();
    });
  }

  private async assertConnected(page: ConnectedPage): Promise<void> {
    if (!(await this.inbox.isConnected(page))) throw new PageMovedError();
  }

  /** Most messages find their conversation there, and nothing that awaits them: one statement. */
  private async arrive(
    page: ConnectedPage,
    event: Arriving,
    Created: new (messageId: string, conversationId: string) => MessageCreated,
    take: (scope: Scope) => Promise<Arrival | null>,
  ): Promise<void> {
    const arrival = await take('message only');
    if (!arrival) return this.arriveFirst(page, event, Created, () => take('everything'));
    if (arrival.messageId !== null) this.events.announce(new Created(arrival.messageId, arrival.conversationId));
  }

  private arriveFirst(
    page: ConnectedPage,
    event: Arriving,
    Created: new (messageId: string, conversationId: string) => MessageCreated,
    take: () => Promise<Arrival | null>,
  ): Promise<void> {
    return this.database.transaction(async () => {
      const arrival = (await take()) ?? (await this.afterOpening(page, event, take));
      if (arrival.hasEarlyEvents) await this.amendEarly(page, event);
      if (arrival.messageId === null) return;
      await this.events.publish(new Created(arrival.messageId, arrival.conversationId));
    });
  }

  private async afterOpening(
    page: ConnectedPage,
    { customerExternalId, occurredAt }: Arriving,
    take: () => Promise<Arrival | null>,
  ): Promise<Arrival> {
    await this.assertConnected(page);
    await this.conversations.open(page, customerExternalId, occurredAt);
    const arrival = await take();
    if (arrival) return arrival;
    await this.assertConnected(page);
    throw new Error('A conversation that was opened a moment ago is not there');
  }

  private async amendEarly(page: ConnectedPage, { providerMessageId }: Arriving): Promise<void> {
    for (const early of await this.channelEvents.takeEarly(page, providerMessageId))
      await this.amendments.amend(page, early);
  }

  /** What happened to a message that has not come (yet) waits for it. */
  private async amend(page: ConnectedPage, event: Amending): Promise<void> {
    await this.holdBack(page, event);
    if (await this.amendments.amend(page, event)) return;
    await this.channelEvents.keepEarly(page, event);
    await this.amendments.awaitMessages(page, event.customerExternalId);
  }

  /** From here to the end of the transaction the message can no longer come, neither into a conversation nor as its first. */
  private async holdBack(page: ConnectedPage, { customerExternalId }: Amending): Promise<void> {
    if (await this.amendments.lock(page, customerExternalId)) return;
    await this.conversations.lockOpening(page, customerExternalId);
    await this.amendments.lock(page, customerExternalId);
  }
}
