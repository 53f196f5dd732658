import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AnsweringModule } from './modules/answering/answering.module.js';
import { ApiChannelModule } from './modules/api-channel/api-channel.module.js';
import { ApiKeysModule } from './modules/api-keys/api-keys.module.js';
import { AssignmentModule } from './modules/assignment/assignment.module.js';
import { AuditModule } from './modules/audit/audit.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { OrgContextGuard } from './modules/auth/org-context.guard.js';
import { ChatbotsModule } from './modules/chatbots/chatbots.module.js';
import { ConnectionsModule } from './modules/connections/connections.module.js';
import { ConversationsModule } from './modules/conversations/conversations.module.js';
import { CustomersModule } from './modules/customers/customers.module.js';
import { HealthModule } from './modules/health/health.module.js';
import { IntegrationsModule } from './modules/integrations/integrations.module.js';
import { LabelsModule } from './modules/labels/labels.module.js';
import { MediaModule } from './modules/media/media.module.js';
import { MessagesModule } from './modules/messages/messages.module.js';
import { OrganizationsModule } from './modules/organizations/organizations.module.js';
import { QuickRepliesModule } from './modules/quick-replies/quick-replies.module.js';
import { SearchModule } from './modules/search/search.module.js';
import { TimelineModule } from './modules/timeline/timeline.module.js';
import { RealtimeModule } from './modules/realtime/realtime.module.js';
import { UsersModule } from './modules/users/users.module.js';
import { WebhookEndpointsModule } from './modules/webhook-endpoints/webhook-endpoints.module.js';
import { WebhookEventsModule } from './modules/webhook-events/webhook-events.module.js';
import { WebhooksModule } from './modules/webhooks/webhooks.module.js';
import type { Config } from './platform/config/config.js';
import { ConfigModule } from './platform/config/config.module.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { EventsModule } from './platform/events/events.module.js';
import { ErrorFilter } from './platform/http/error.filter.js';
import { OutboundModule } from './platform/http/outbound/outbound.module.js';
import { UnreadBodyGuard } from './platform/http/unread-body.guard.js';
import { JobsModule } from './platform/jobs/jobs.module.js';
import { RequestValidationPipe } from './platform/http/validation.pipe.js';
import { SecretsModule } from './platform/secrets/secrets.module.js';

/** Every module, and the global guards, pipe and filter. */
@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        SecretsModule,
        OutboundModule,
        DatabaseModule,
        EventsModule,
        JobsModule,
        OrganizationsModule,
        UsersModule,
        ApiKeysModule,
        AuthModule,
        CustomersModule,
        ConversationsModule,
        MessagesModule,
        IntegrationsModule,
        ConnectionsModule,
        ChatbotsModule,
        AnsweringModule,
        WebhooksModule,
        WebhookEndpointsModule,
        WebhookEventsModule,
        ApiChannelModule,
        LabelsModule,
        QuickRepliesModule,
        TimelineModule,
        AssignmentModule,
        SearchModule,
        MediaModule,
        RealtimeModule,
        AuditModule,
        HealthModule,
      ],
      providers: [
        { provide: APP_GUARD, useExisting: OrgContextGuard },
        { provide: APP_GUARD, useClass: UnreadBodyGuard },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
