import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { CustomerModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { ListCustomers, UpdateCustomer } from './customers.dto.js';

@Injectable()
export class CustomersRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  async list(query: ListCustomers): Promise<CustomerModel[]> {
    const where = query.search === undefined ? filters(query) : { id: { in: await this.found(query.search, query) } };
    return this.db.customer.findMany({
      where: { ...this.mine, ...where },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<CustomerModel | null> {
    return this.db.customer.findFirst({ where: { ...this.mine, id } });
  }

  async update(id: string, data: UpdateCustomer): Promise<CustomerModel | undefined> {
    return (await this.db.customer.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  async learn(id: string, data: { displayName?: string; avatarUrl?: string; profileAt: Date }): Promise<void> {
    await this.db.customer.updateMany({ where: { ...this.mine, id }, data });
  }

  findByName(platform: string, externalId: string): Promise<CustomerModel | null> {
    return this.db.customer.findFirst({ where: { ...this.mine, platform, externalId } });
  }

  /** The name that the customer is kept under whom the first of these names means that is known at all; null where none is. */
  async knownName(platform: string, names: string[]): Promise<string | null> {
    const { orgId } = this.mine;
    const { rows } = await sql<{ externalId: string }>`
      SELECT known.external_id AS "externalId" FROM (
        SELECT said.place, coalesce(
          (SELECT c.external_id FROM customers c
            WHERE c.org_id = ${orgId} AND c.platform = ${platform} AND c.external_id = said.name),
          (SELECT c.external_id FROM customer_names n JOIN customers c ON c.org_id = ${orgId} AND c.id = n.customer_id
            WHERE n.org_id = ${orgId} AND n.platform = ${platform} AND n.external_id = said.name)
        ) AS external_id
        FROM unnest(${names}::text[]) WITH ORDINALITY AS said (name, place)
      ) AS known
      WHERE known.external_id IS NOT NULL ORDER BY known.place LIMIT 1`.execute(this.sql);
    return rows[0]?.externalId ?? null;
  }

  async keepName(platform: string, externalId: string, customerId: string): Promise<void> {
    const { orgId } = this.mine;
    await this.sql
      .insertInto('customerNames')
      .values({ orgId, id: uuidv7(), platform, externalId, customerId })
      .onConflict((conflict) => conflict.columns(['orgId', 'platform', 'externalId']).doNothing())
      .execute();
  }

  async setSubscription(id: string, unsubscribedAt: Date | null): Promise<CustomerModel | undefined> {
    return (await this.db.customer.updateManyAndReturn({ where: { ...this.mine, id }, data: { unsubscribedAt } }))[0];
  }

  /**
   * Ids of the newest, one more than the limit. Row-level security keeps the serving role from searching an index by parts of
   * words, so `app.found_customers` does, for the bound organization.
   */
  private async found(search: string, query: ListCustomers): Promise<string[]> {
    const { platform = null, cursor, limit } = query;
    const from = positionOf({ cursor });
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM app.found_customers(
        ${search}, ${platform}::text, ${from?.at ?? null}::timestamptz, ${from?.id ?? null}::uuid, ${limit + 1}
      ) AS id`.execute(this.sql);
    return rows.map(({ id }) => id);
  }
}

function filters(query: ListCustomers): Prisma.CustomerWhereInput {
  const { platform } = query;
  const from = positionOf(query);
  return {
    ...(platform !== undefined && { platform }),
    ...olderThan(from),
  };
}
