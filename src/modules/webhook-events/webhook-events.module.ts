import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { WebhookEndpointsModule } from '../webhook-endpoints/webhook-endpoints.module.js';
import { WebhookFollower } from './webhook-follower.js';

@Module({
  imports: [WebhookEndpointsModule, CustomersModule, ConversationsModule, MessagesModule, IntegrationsModule],
  providers: [WebhookFollower],
})
export class WebhookEventsModule {}
