import type { WebhookEndpointModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownText, ShownTime } from '../../platform/http/view.js';
import { EVENT_TYPES } from './event-types.js';

/** An endpoint without its secret. */
export class WebhookEndpointView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @Shown() url!: string;
  @ShownText() description!: string | null;
  @Shown({ enum: EVENT_TYPES, isArray: true }) eventTypes!: string[];
  @Shown() isActive!: boolean;
  @ShownText({ description: 'Why Polydesk gave it up, where it did' }) disabledReason!: string | null;
  @ShownTime({ nullable: true, description: 'Since when every attempt has failed' }) failingSince!: string | null;
  @ShownTime({ nullable: true, description: 'Until when the secret before this one signs too' })
  previousSecretExpiresAt!: string | null;
  @ShownId({ nullable: true, description: 'The user who made it' }) createdBy!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class WebhookEndpointSecretView extends WebhookEndpointView {
  @Shown({ description: 'Verifies what it is sent, by Standard Webhooks; shown this once', example: 'whsec_…' })
  secret!: string;
}

export function toWebhookEndpointView(row: WebhookEndpointModel): WebhookEndpointView {
  const { id, orgId, url, description, eventTypes, isActive, disabledReason, createdBy, previousExpiresAt } = row;
  const isOver = previousExpiresAt === null || previousExpiresAt <= new Date();
  return {
    ...{ id, orgId, url, description, eventTypes, isActive, disabledReason, createdBy },
    failingSince: row.failingSince?.toISOString() ?? null,
    previousSecretExpiresAt: isOver ? null : previousExpiresAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
