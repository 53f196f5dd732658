import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { CustomerModel } from '../../platform/database/generated/prisma/models.js';
import { literal } from '../../platform/database/like-pattern.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { positionOf } from '../../platform/http/pagination.js';
import type { ListCustomers, UpdateCustomer } from './customers.dto.js';

@Injectable()
export class CustomersRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(query: ListCustomers): Promise<CustomerModel[]> {
    const where = { ...this.mine, ...filters(query) };
    return this.db.customer.findMany({
      where,
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
}

function filters(query: ListCustomers): Prisma.CustomerWhereInput {
  const { platform, search } = query;
  const from = positionOf(query);
  return {
    ...(platform !== undefined && { platform }),
    ...(search !== undefined && { OR: mentions(search) }),
    ...(from && { createdAt: { lte: from.at }, NOT: { createdAt: from.at, id: { gte: from.id } } }),
  };
}

function mentions(search: string): Prisma.CustomerWhereInput[] {
  const contains = { contains: literal(search), mode: 'insensitive' as const };
  return [
    { displayName: contains },
    { nickName: contains },
    { externalId: contains },
    { email: contains },
    { phone: contains },
  ];
}
