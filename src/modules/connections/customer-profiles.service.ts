import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { CustomerProfile } from '../../channels/channel-events.js';
import type { Json } from '../../channels/json.js';
import { messageOf } from '../../platform/errors/thrown.js';
import { Events } from '../../platform/events/events.js';
import { AppError } from '../../platform/http/app-error.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { logger } from '../../platform/logging/logger.js';
import { ConversationCreated } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import type { ConversationView } from '../conversations/conversation.view.js';
import { CustomersService } from '../customers/customers.service.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import { IntegrationsService } from '../integrations/integrations.service.js';

const TASK = 'customer-profile';

/** Asks the provider who somebody is, once they have written for the first time. What it does not say stays open. */
@Injectable()
export class CustomerProfilesService implements OnModuleInit {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly customers: CustomersService,
    private readonly integrations: IntegrationsService,
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  /** The job commits with the conversation. */
  onModuleInit(): void {
    this.jobs.handle(TASK, ({ conversationId }) => this.learn(conversationId));
    this.events.recordAll(async (event) => {
      if (!(event instanceof ConversationCreated)) return;
      await this.jobs.add(TASK, { conversationId: event.conversationId }, { key: `${TASK} ${event.conversationId}` });
    });
  }

  /** Nothing depends on it: whatever goes wrong is noted, and not tried again. */
  private async learn(conversationId: Json | undefined): Promise<void> {
    if (typeof conversationId !== 'string') return;
    try {
      const conversation = await this.conversations.get(conversationId);
      const profile = await this.profileOf(conversation);
      if (profile) await this.customers.learn(conversation.customer.id, profile);
    } catch (error) {
      if (error instanceof AppError && error.status === 404) return;
      logger.info({ conversationId, reason: messageOf(error) }, 'A customer stays without a profile');
    }
  }

  private async profileOf({ platform, integrationId, customer }: ConversationView): Promise<CustomerProfile | null> {
    if (customer.displayName !== null && customer.avatarUrl !== null) return null;
    const access = integrationId === null ? null : await this.integrations.access(integrationId);
    if (!access) return null;
    return this.channels.of(platform).profile(customer.externalId, access, this.channels.appOf(platform), this.http);
  }
}
