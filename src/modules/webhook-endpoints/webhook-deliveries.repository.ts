import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { WebhookDeliveryModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { ListWebhookDeliveries } from './webhook-endpoints.dto.js';

/** An event on its way to endpoints. `eventId` is the same for all of them, and for every attempt. */
export interface WebhookEvent {
  eventId: string;
  eventType: string;
  payload: Prisma.InputJsonObject;
}

@Injectable()
export class WebhookDeliveriesRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(endpointId: string, query: ListWebhookDeliveries): Promise<WebhookDeliveryModel[]> {
    return this.db.webhookDelivery.findMany({
      where: { ...this.mine, endpointId, ...filters(query) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<WebhookDeliveryModel | null> {
    return this.db.webhookDelivery.findFirst({ where: { ...this.mine, id } });
  }

  /** One delivery for each endpoint that has none of this event yet. */
  add(endpointIds: string[], { eventId, eventType, payload }: WebhookEvent): Promise<WebhookDeliveryModel[]> {
    const row = { ...this.mine, eventId, eventType, payload, nextAttemptAt: new Date() };
    const data = endpointIds.map((endpointId) => ({ ...row, id: uuidv7(), endpointId }));
    return this.db.webhookDelivery.createManyAndReturn({ data, skipDuplicates: true });
  }

  async update(
    id: string,
    data: Prisma.WebhookDeliveryUpdateManyMutationInput,
  ): Promise<WebhookDeliveryModel | undefined> {
    return (await this.db.webhookDelivery.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  /** Notes how an attempt went; false where the delivery was settled, or taken up anew, in the meantime. */
  async settle(
    { id, attempts }: WebhookDeliveryModel,
    data: Prisma.WebhookDeliveryUpdateManyMutationInput,
  ): Promise<boolean> {
    const where = { ...this.mine, id, attempts, status: 'pending' };
    return (await this.db.webhookDelivery.updateMany({ where, data })).count > 0;
  }

  /** Forgets what was said of a customer. */
  async forgetCustomer(customerId: string): Promise<void> {
    const { orgId } = this.mine;
    await this.sql
      .deleteFrom('webhookDeliveries')
      .where('orgId', '=', orgId)
      .where(({ or, eb }) =>
        or([
          eb(sql<string>`payload #>> '{data,id}'`, '=', customerId),
          eb(sql<string>`payload #>> '{data,customer,id}'`, '=', customerId),
        ]),
      )
      .execute();
  }
}

function filters(query: ListWebhookDeliveries): Prisma.WebhookDeliveryWhereInput {
  const { status, eventType } = query;
  const from = positionOf(query);
  return {
    ...(status !== undefined && { status }),
    ...(eventType !== undefined && { eventType }),
    ...olderThan(from),
  };
}
