import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { WebhookEndpointModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { CursorQuery } from '../../platform/http/pagination.js';

/** Asked for nearly everything that happens. */
const active = new PreparedStatement(
  (_, { orgId }: Places<{ orgId: string }>) =>
    sql`SELECT FROM webhook_endpoints WHERE org_id = ${orgId} AND is_active LIMIT 1`,
);

@Injectable()
export class WebhookEndpointsRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(query: CursorQuery): Promise<WebhookEndpointModel[]> {
    const from = positionOf(query);
    const older = olderThan(from);
    return this.db.webhookEndpoint.findMany({
      where: { ...this.mine, ...older },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<WebhookEndpointModel | null> {
    return this.db.webhookEndpoint.findFirst({ where: { ...this.mine, id } });
  }

  /** Changes of one endpoint wait for each other, and for events that are being written down for it. */
  async lock(id: string): Promise<WebhookEndpointModel | null> {
    const { orgId } = this.mine;
    const rows = this.sql.selectFrom('webhookEndpoints').where('orgId', '=', orgId).where('id', '=', id);
    await rows.forUpdate().select('id').execute();
    return this.find(id);
  }

  create(data: Omit<Prisma.WebhookEndpointUncheckedCreateInput, 'orgId'>): Promise<WebhookEndpointModel> {
    return this.db.webhookEndpoint.create({ data: { ...data, ...this.mine } });
  }

  async update(
    id: string,
    data: Prisma.WebhookEndpointUpdateManyMutationInput,
  ): Promise<WebhookEndpointModel | undefined> {
    return (await this.db.webhookEndpoint.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  /** With all that was sent to it. */
  async remove(id: string): Promise<void> {
    await this.db.webhookDelivery.deleteMany({ where: { ...this.mine, endpointId: id } });
    await this.db.webhookEndpoint.deleteMany({ where: { ...this.mine, id } });
  }

  async hasActive(): Promise<boolean> {
    return (await this.rows(active, this.mine)).length > 0;
  }

  /** The ids of those that want events of this type. */
  async subscribed(eventType: string): Promise<string[]> {
    const where = { ...this.mine, isActive: true, eventTypes: { has: eventType } };
    return (await this.db.webhookEndpoint.findMany({ where, select: { id: true } })).map(({ id }) => id);
  }

  async beginFailing(id: string, failingSince: Date): Promise<void> {
    await this.db.webhookEndpoint.updateMany({
      where: { ...this.mine, id, failingSince: null },
      data: { failingSince },
    });
  }

  async endFailing(id: string): Promise<void> {
    const where = { ...this.mine, id, failingSince: { not: null } };
    await this.db.webhookEndpoint.updateMany({ where, data: { failingSince: null } });
  }
}
