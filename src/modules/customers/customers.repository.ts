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

  /** What the first of these names is an other one of: the name that the customer is kept under; null where none is known. */
  async knownName(platform: string, names: string[]): Promise<string | null> {
    const { orgId } = this.mine;
    const alias = await this.sql
      .selectFrom('customerNames as n')
      .innerJoin('customers as c', (join) => join.on('c.orgId', '=', orgId).onRef('c.id', '=', 'n.customerId'))
      .where('n.orgId', '=', orgId)
      .where('n.platform', '=', platform)
      .where('n.externalId', 'in', names)
      .select('c.externalId')
      .executeTakeFirst();
    return alias?.externalId ?? null;
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
