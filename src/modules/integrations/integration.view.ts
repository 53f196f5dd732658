import { PLATFORMS } from '../../channels/channel.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';

export const INTEGRATION_STATUSES = ['connected', 'reconnect_required', 'restricted', 'disconnected'] as const;

/** An integration without its tokens, which nothing ever shows. */
export class IntegrationView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @Shown({ enum: PLATFORMS }) platform!: string;
  @Shown({ description: "The provider's id of the page" }) oaId!: string;
  @ShownText() name!: string | null;
  @ShownText() avatarUrl!: string | null;
  @Shown({ description: 'False once it is disconnected' }) isActive!: boolean;
  @Shown({
    enum: INTEGRATION_STATUSES,
    description: 'reconnect_required: its token is dead; restricted: the platform holds it back',
  })
  status!: string;
  @ShownText({ description: 'Why it is not connected' }) statusReason!: string | null;
  @ShownId({ nullable: true, description: 'The chatbot that answers here' }) chatbotId!: string | null;
  @ShownId({ nullable: true, description: 'Of the platform api: the webhook endpoint that takes what is written' })
  webhookEndpointId!: string | null;
  @ShownId({ nullable: true, description: 'The user who connected it' }) accountId!: string | null;
  @ShownTime({ nullable: true, description: 'When the access token ends, where that is known' }) expiresAt!:
    string | null;
  @ShownTime() connectedAt!: string;
  @ShownMap() meta!: unknown;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export function toIntegrationView(integration: IntegrationModel): IntegrationView {
  const { id, orgId, platform, oaId, name, avatarUrl, isActive, status, statusReason, chatbotId, accountId, meta } =
    integration;
  return {
    ...{ id, orgId, platform, oaId, name, avatarUrl, isActive, status, statusReason, chatbotId, accountId, meta },
    webhookEndpointId: integration.webhookEndpointId,
    expiresAt: integration.expiresAt?.toISOString() ?? null,
    connectedAt: integration.connectedAt.toISOString(),
    createdAt: integration.createdAt.toISOString(),
    updatedAt: integration.updatedAt.toISOString(),
  };
}
