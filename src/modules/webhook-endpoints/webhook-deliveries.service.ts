import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { WebhookDeliveryModel } from '../../platform/database/generated/prisma/models.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { TEST_EVENT } from './event-types.js';
import type { EventType } from './event-types.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import type { WebhookEvent } from './webhook-deliveries.repository.js';
import { toWebhookDeliveryView } from './webhook-delivery.view.js';
import type { WebhookDeliveryView, WebhookDeliveryWithPayloadView } from './webhook-delivery.view.js';
import type { ListWebhookDeliveries } from './webhook-endpoints.dto.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';

export const DELIVER = 'deliver-webhook';

@Injectable()
export class WebhookDeliveriesService {
  constructor(
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly jobs: Jobs,
    private readonly database: Database,
  ) {}

  async list(endpointId: string, query: ListWebhookDeliveries): Promise<CursorPage<WebhookDeliveryView>> {
    found(await this.endpoints.find(endpointId));
    const rows = await this.deliveries.list(endpointId, query);
    return toCursorPage(rows, query.limit, creationOf, toWebhookDeliveryView);
  }

  async get(endpointId: string, id: string): Promise<WebhookDeliveryWithPayloadView> {
    const delivery = await this.find(endpointId, id);
    return { ...toWebhookDeliveryView(delivery), payload: delivery.payload };
  }

  /** A new attempt, at once, under the same webhook-id; where it fails, the schedule begins anew. */
  replay(endpointId: string, id: string): Promise<WebhookDeliveryView> {
    return this.database.transaction(async () => {
      await this.find(endpointId, id);
      await this.assertActive(endpointId);
      const row = { status: 'pending', attempts: 0, nextAttemptAt: new Date(), deliveredAt: null };
      const taken = found(await this.deliveries.update(id, row));
      await this.jobs.add(DELIVER, { deliveryId: id }, { key: id });
      return toWebhookDeliveryView(taken);
    });
  }

  /** Sends an endpoint an event of its own, whatever it has subscribed to. */
  test(endpointId: string): Promise<WebhookDeliveryView> {
    return this.database.transaction(async () => {
      await this.assertActive(endpointId);
      const data = { endpointId, orgId: OrgContext.orgId };
      const [delivery] = await this.send([endpointId], eventOf(`evt_${uuidv7()}`, TEST_EVENT, new Date(), data));
      return toWebhookDeliveryView(found(delivery));
    });
  }

  /** Whether the organization has an endpoint that wants to hear of anything. */
  isAnybodyListening(): Promise<boolean> {
    return this.endpoints.hasActive();
  }

  /** Which endpoints of the organization want events of this type. */
  subscribers(type: EventType): Promise<string[]> {
    return this.endpoints.subscribed(type);
  }

  /** Writes down an event for endpoints, and leaves sending it to jobs. The same `eventId` again changes nothing. */
  async publish(endpointIds: string[], eventId: string, type: EventType, at: Date, data: object): Promise<void> {
    await this.database.transaction(() => this.send(endpointIds, eventOf(eventId, type, at, data)));
  }

  /** What was told of a customer who is erased. In the transaction that erases them. */
  forgetCustomer(customerId: string): Promise<void> {
    return this.deliveries.forgetCustomer(customerId);
  }

  private async send(endpointIds: string[], event: WebhookEvent): Promise<WebhookDeliveryModel[]> {
    const added = await this.deliveries.add(endpointIds, event);
    for (const { id } of added) await this.jobs.add(DELIVER, { deliveryId: id }, { key: id });
    return added;
  }

  private async find(endpointId: string, id: string): Promise<WebhookDeliveryModel> {
    const delivery = found(await this.deliveries.find(id));
    if (delivery.endpointId !== endpointId) throw AppError.notFound();
    return delivery;
  }

  private async assertActive(endpointId: string): Promise<void> {
    const { isActive } = found(await this.endpoints.find(endpointId));
    if (!isActive) throw new AppError('endpoint_disabled', 409, 'This endpoint is disabled: switch it on first');
  }
}

function eventOf(eventId: string, eventType: string, at: Date, data: object): WebhookEvent {
  const payload = { type: eventType, timestamp: at.toISOString(), data: data as Prisma.InputJsonObject }; // Views are JSON.
  return { eventId, eventType, payload };
}
