import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import type { DomainEvent } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import type { FollowedEvent, Follower } from '../../platform/events/followers.js';
import { AppError } from '../../platform/http/app-error.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { CustomersService } from '../customers/customers.service.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { MessagesService } from '../messages/messages.service.js';
import type { EventType } from '../webhook-endpoints/event-types.js';
import { WebhookDeliveriesService } from '../webhook-endpoints/webhook-deliveries.service.js';
import { announcementsOf, isAnnounced } from './announced.js';
import type { Announcement } from './announced.js';

/** Writes down for partners' endpoints what happens in their organization. */
@Injectable()
export class WebhookFollower implements Follower, OnModuleInit {
  readonly name = 'partner webhooks';

  constructor(
    private readonly deliveries: WebhookDeliveriesService,
    private readonly messages: MessagesService,
    private readonly conversations: ConversationsService,
    private readonly customers: CustomersService,
    private readonly integrations: IntegrationsService,
    private readonly followers: Followers,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.followers.register(this);
    this.events.recordAll((event) => this.forgetErased(event));
  }

  concerns({ name }: DomainEvent): boolean {
    return isAnnounced(name);
  }

  isWanted(): Promise<boolean> {
    return this.deliveries.isAnybodyListening();
  }

  async follow(event: FollowedEvent): Promise<void> {
    for (const announcement of announcementsOf(event)) await this.announce(announcement, event);
  }

  private async announce({ type, eventId }: Announcement, event: FollowedEvent): Promise<void> {
    const endpointIds = await this.deliveries.subscribers(type);
    if (endpointIds.length === 0) return;
    const data = await this.dataOf(type, event).catch(nothingWhereGone);
    if (data) await this.deliveries.publish(endpointIds, eventId, type, new Date(event.occurredAt), data);
  }

  /** The thing as the API shows it now, and whose it is. */
  private async dataOf(type: EventType, { target: { id }, changes }: FollowedEvent): Promise<object> {
    const { orgId } = OrgContext;
    switch (type) {
      case 'message.created':
      case 'message.updated':
        return { ...(await this.messageWithCustomer(id)), orgId };
      case 'conversation.created':
      case 'conversation.updated':
        return { ...(await this.conversations.get(id)), orgId };
      case 'conversation.status_changed':
        return { ...(await this.conversations.get(id)), previousStatus: changes['status']?.from ?? null, orgId };
      case 'customer.created':
      case 'customer.updated':
        return { ...(await this.customers.get(id)), orgId };
      case 'integration.updated':
        return { ...(await this.integrations.get(id)), orgId };
    }
  }

  private async messageWithCustomer(id: string): Promise<object> {
    const message = await this.messages.get(id);
    const { customer } = await this.conversations.get(message.conversationId);
    return { ...message, customer };
  }

  /** With the customer goes what was told of them. */
  private async forgetErased({ name, target }: DomainEvent): Promise<void> {
    if (name === 'customer.erased' && target.id !== null) await this.deliveries.forgetCustomer(target.id);
  }
}

/** What is not there any more cannot be shown. */
function nothingWhereGone(error: unknown): null {
  if (error instanceof AppError && error.status === 404) return null;
  throw error;
}
