import type { WebhookDeliveryModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;

/** One event for one endpoint, and how it went. */
export class WebhookDeliveryView {
  @ShownId() id!: string;
  @ShownId() endpointId!: string;
  @Shown({ description: 'The webhook-id of every attempt' }) eventId!: string;
  @Shown() eventType!: string;
  @Shown({ enum: DELIVERY_STATUSES }) status!: string;
  @Shown({ type: 'integer', description: 'Since it came to be, or was last replayed' }) attempts!: number;
  @Shown({ type: 'integer', nullable: true, description: 'What the last attempt was answered with' })
  responseStatus!: number | null;
  @ShownText({ description: 'What was wrong with the last attempt' }) error!: string | null;
  @ShownTime({ nullable: true }) nextAttemptAt!: string | null;
  @ShownTime({ nullable: true }) deliveredAt!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class WebhookDeliveryWithPayloadView extends WebhookDeliveryView {
  @ShownMap({ description: 'The body that is posted' }) payload!: unknown;
}

export function toWebhookDeliveryView(row: WebhookDeliveryModel): WebhookDeliveryView {
  const { id, endpointId, eventId, eventType, status, attempts, responseStatus, error } = row;
  return {
    ...{ id, endpointId, eventId, eventType, status, attempts, responseStatus, error },
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
