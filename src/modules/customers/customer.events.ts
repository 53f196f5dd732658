import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** Somebody corrected what we know of a customer. */
export class CustomerUpdated extends DomainEvent {
  readonly name = 'customer.updated';
  readonly target: { type: 'customer'; id: string };

  constructor(
    readonly customerId: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.target = { type: 'customer', id: customerId };
  }
}
