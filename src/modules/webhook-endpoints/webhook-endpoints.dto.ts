import { Flag, OneOf, Text, WebAddress, Whole, Words } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';
import { DELIVERED_TYPES, EVENT_TYPES } from './event-types.js';
import type { EventType } from './event-types.js';
import { DELIVERY_STATUSES } from './webhook-delivery.view.js';

const A_WEEK_IN_SECONDS = 604_800;
const ADDRESS = 'Where events are posted to, on the public internet: https, or http';

export class ListWebhookEndpoints extends CursorQuery {}

class EndpointFields {
  @Text({ max: 2_000, optional: true, nullable: true }) description?: string | null;
}

export class CreateWebhookEndpoint extends EndpointFields {
  @WebAddress({ description: ADDRESS }) url!: string;
  @Words(EVENT_TYPES) eventTypes!: EventType[];
}

export class UpdateWebhookEndpoint extends EndpointFields {
  @WebAddress({ optional: true, description: ADDRESS }) url?: string;
  @Words(EVENT_TYPES, { optional: true }) eventTypes?: EventType[];
  @Flag({ optional: true, description: 'true also for one that Polydesk gave up, once it is repaired' })
  isActive?: boolean;
}

export class RotateWebhookSecret {
  @Whole({
    min: 0,
    max: A_WEEK_IN_SECONDS,
    optional: true,
    description: 'How long the old secret signs beside the new one: up to a week, a day where it is left out',
  })
  overlapSeconds: number = 86_400;
}

export class ListWebhookDeliveries extends CursorQuery {
  @OneOf(DELIVERY_STATUSES, { optional: true }) status?: string;
  @OneOf(DELIVERED_TYPES, { optional: true }) eventType?: string;
}
