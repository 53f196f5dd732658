import { Injectable } from '@nestjs/common';
import { namesIn } from '../../channels/channel-events.js';
import type { CustomerProfile } from '../../channels/channel-events.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { found } from '../../platform/http/app-error.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { CustomerUpdated } from './customer.events.js';
import { toCustomerView } from './customer.view.js';
import type { CustomerView } from './customer.view.js';
import type { ListCustomers, UpdateCustomer } from './customers.dto.js';
import { CustomersRepository } from './customers.repository.js';

const MOST_REMEMBERED = 10_000;

@Injectable()
export class CustomersService {
  private readonly keptNames = new Set<string>();

  constructor(
    private readonly customers: CustomersRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListCustomers): Promise<CursorPage<CustomerView>> {
    const rows = await this.customers.list(query);
    return toCursorPage(rows, query.limit, creationOf, toCustomerView);
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

  /** What the provider says of a customer. What is known of them already stays. */
  learn(id: string, { displayName, avatarUrl }: CustomerProfile): Promise<void> {
    return this.database.transaction(async () => {
      const before = await this.customers.find(id);
      if (!before) return;
      const learned = {
        ...(before.displayName === null && displayName !== undefined && { displayName }),
        ...(before.avatarUrl === null && avatarUrl !== undefined && { avatarUrl }),
      };
      await this.customers.learn(id, { ...learned, profileAt: new Date() });
      if (Object.keys(learned).length === 0) return;
      await this.events.publish(new CustomerUpdated(id, changesBetween(before, learned)));
    });
  }

  /** An event under the name that its person is kept under: a provider may call them one thing today and another tomorrow. */
  async underKnownName<E extends Parameters<typeof namesIn>[0]>(platform: string, event: E): Promise<E> {
    const customerExternalId = await this.customers.knownName(platform, namesIn(event));
    return customerExternalId === null ? event : { ...event, customerExternalId };
  }

  /** What else the provider calls a person, who may be called so alone another time. What was kept before is not asked again. */
  async keepNames(platform: string, externalId: string, otherNames: string[]): Promise<void> {
    const { orgId } = OrgContext;
    const isNew = (name: string) => name !== externalId && !this.keptNames.has(`${orgId} ${platform} ${name}`);
    const names = otherNames.filter(isNew);
    const customer = names.length > 0 ? await this.customers.findByName(platform, externalId) : null;
    if (!customer) return;
    for (const name of names) await this.customers.keepName(platform, name, customer.id);
    this.database.afterCommit(() => this.remember(names.map((name) => `${orgId} ${platform} ${name}`)));
  }

  /**
   * Since when the customer, whom the provider calls by these names, wants to hear nothing more from us; null: they do again. In a
   * transaction of the caller's.
   */
  async subscribe(platform: string, names: string[], unsubscribedAt: Date | null): Promise<void> {
    const externalId = await this.customers.knownName(platform, names);
    const before = externalId === null ? null : await this.customers.findByName(platform, externalId);
    if (!before) return;
    const after = found(await this.customers.setSubscription(before.id, unsubscribedAt));
    await this.events.publish(new CustomerUpdated(before.id, changesBetween(before, after)));
  }

  private remember(names: string[]): void {
    if (this.keptNames.size > MOST_REMEMBERED) this.keptNames.clear();
    for (const name of names) this.keptNames.add(name);
  }
}
