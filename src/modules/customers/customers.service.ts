import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { found } from '../../platform/http/app-error.js';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { CustomerUpdated } from './customer.events.js';
import { toCustomerView } from './customer.view.js';
import type { CustomerView } from './customer.view.js';
import type { ListCustomers, UpdateCustomer } from './customers.dto.js';
import { CustomersRepository } from './customers.repository.js';

@Injectable()
export class CustomersService {
  constructor(
    private readonly customers: CustomersRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListCustomers): Promise<CursorPage<CustomerView>> {
    const rows = await this.customers.list(query);
    return toCursorPage(
      rows,
      query.limit,
      ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }),
      toCustomerView,
    );
  }

  async get(id: string): Promise<CustomerView> {
    return toCustomerView(found(await this.customers.find(id)));
  }

  async update(id: string, input: UpdateCustomer): Promise<CustomerView> {
    return this.database.transaction(async () => {
      const before = found(await this.customers.find(id));
      const after = found(await this.customers.update(id, input));
      await this.events.publish(new CustomerUpdated(id, changesBetween(before, after)));
      return toCustomerView(after);
    });
  }

  /** What the organization calls a customer, said from one of their conversations. */
  setNickName(id: string, nickName: string | null): Promise<CustomerView> {
    return this.update(id, { nickName });
  }
}
