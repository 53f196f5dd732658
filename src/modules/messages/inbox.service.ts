import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { namesIn } from '../../channels/channel-events.js';
import type {
  ChannelEvent,
  MessageEchoed as EchoEvent,
  MessageReceived as MessageEvent,
} from '../../channels/channel-events.js';
import type { Companion } from '../../platform/database/companions.js';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { ConversationMoved } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { CustomersService } from '../customers/customers.service.js';
import type { Arrival } from './arrival.statements.js';
import { ChannelEventsRepository } from './channel-events.repository.js';
import { CustomerErasureService } from './customer-erasure.service.js';
import { InboxRepository } from './inbox.repository.js';
import type { Scope } from './inbox.repository.js';
import { MessageOutcomesService } from './message-outcomes.service.js';
import { MessageEchoed, MessageReceived, MessageUpdated } from './message.events.js';
import { PageMovedError } from './page-moved.error.js';

type Arriving = MessageEvent | EchoEvent;
/** Events that concern a page as a whole are for whoever keeps pages. */
export type InboxEvent = Exclude<ChannelEvent, { kind: `account.${string}` }>;

/** Takes in what channels tell. Everything may come twice, and in any order. */
@Injectable()
export class InboxService {
  constructor(
    private readonly inbox: InboxRepository,
    private readonly outcomes: MessageOutcomesService,
    private readonly channelEvents: ChannelEventsRepository,
    private readonly conversations: ConversationsService,
    private readonly customers: CustomersService,
    private readonly erasure: CustomerErasureService,
    private readonly database: Database,
    private readonly events: Events,
    private readonly followers: Followers,
  ) {}

  /**
   * Must run inside the organization that the page belongs to; rejects with PageMovedError where it does not any more. Resolves
   * once the event is safely kept.
   */
  async receive(page: ConnectedPage, event: InboxEvent): Promise<void> {
    switch (event.kind) {
      case 'message.received':
      case 'message.echoed':
        return this.arrive(page, event);
      case 'other':
        return this.whileConnected(page, () => this.channelEvents.keep(page, event));
      default:
        return this.whileConnected(page, () => this.happen(page, event));
    }
  }

  private async happen(page: ConnectedPage, event: Exclude<InboxEvent, Arriving | { kind: 'other' }>): Promise<void> {
    switch (event.kind) {
      case 'messages.delivered':
      case 'messages.read':
        return this.outcomes.move(page, event);
      case 'message.failed':
        return this.outcomes.fail(page, event);
      case 'message.reacted':
      case 'message.edited':
      case 'message.deleted':
        return this.outcomes.amend(page, event);
      case 'customer.subscribed':
        return this.customers.subscribe(page.platform, namesIn(event), null);
      case 'customer.unsubscribed':
        return this.customers.subscribe(page.platform, namesIn(event), event.occurredAt);
      case 'customer.withdrew':
        return this.erasure.erase(page.platform, event.customerExternalId);
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
  private async arrive(page: ConnectedPage, event: Arriving): Promise<void> {
    const id = uuidv7();
    const also = await this.followers.companionsOf(createdBy(event, id, null));
    const arrival = await this.take(page, event, { id, scope: 'message only', also });
    if (!arrival) return this.arriveFirst(page, event, id);
    for (const happened of eventsOf(event, arrival)) this.events.announce(happened);
    const moved = moveOf(arrival);
    if (moved) await this.database.transaction(() => this.events.publish(moved));
    await this.keepNames(page, event.customerExternalId, event);
  }

  private arriveFirst(page: ConnectedPage, event: Arriving, id: string): Promise<void> {
    return this.database.transaction(async () => {
      const known = await this.customers.underKnownName(page.platform, event);
      const take = () => this.take(page, known, { id, scope: 'everything', also: [] });
      const arrival = (await take()) ?? (await this.afterOpening(page, known, take));
      await this.keepNames(page, known.customerExternalId, event);
      if (arrival.hasEarlyEvents) await this.outcomes.applyEarly(page, event.providerMessageId);
      for (const happened of eventsOf(known, arrival)) await this.events.publish(happened);
      const moved = moveOf(arrival);
      if (moved) await this.events.publish(moved);
    });
  }

  /** What else the provider calls the customer, whom we keep under one name. */
  private async keepNames({ platform }: ConnectedPage, externalId: string, event: Arriving): Promise<void> {
    const others = namesIn(event).filter((name) => name !== externalId);
    if (others.length > 0) await this.customers.keepNames(platform, externalId, others);
  }

  private async afterOpening(
    page: ConnectedPage,
    { customerExternalId: externalId, profile = {}, occurredAt }: Arriving,
    take: () => Promise<Arrival | null>,
  ): Promise<Arrival> {
    await this.assertConnected(page);
    await this.conversations.open(page, { externalId, profile }, occurredAt);
    const arrival = await take();
    await this.outcomes.applyReceipts(page, externalId);
    if (arrival) return arrival;
    await this.assertConnected(page);
    throw new Error('A conversation that was opened a moment ago is not there');
  }

  private take(page: ConnectedPage, event: Arriving, taking: { id: string; scope: Scope; also: Companion[] }) {
    return event.kind === 'message.received'
      ? this.inbox.receive(page, event, taking)
      : this.inbox.echo(page, event, taking);
  }
}

function createdBy({ kind, attachments }: Arriving, id: string, conversationId: string | null) {
  const Created = kind === 'message.received' ? MessageReceived : MessageEchoed;
  return new Created(id, conversationId, attachments.length);
}

function eventsOf(event: Arriving, { messageId, confirmedId, conversationId }: Arrival) {
  if (messageId !== null) return [createdBy(event, messageId, conversationId)];
  return confirmedId ? [new MessageUpdated(confirmedId, conversationId)] : [];
}

function moveOf({ conversationId, statusBefore, statusAfter }: Arrival): ConversationMoved | null {
  const isMoved = statusAfter !== null && statusAfter !== statusBefore;
  return isMoved ? new ConversationMoved(conversationId, statusBefore, statusAfter) : null;
}
