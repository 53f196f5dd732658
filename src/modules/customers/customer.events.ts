import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

/** A customer wrote for the first time. */
export class CustomerCreated extends RowChanged<'customer', 'created'> {
  override readonly isAudited = false;

  constructor(id: string) {
    super('customer', 'created', id);
  }
}

/** A customer is gone with everything they wrote, because they asked for it. */
export class CustomerErased extends RowChanged<'customer', 'erased'> {
  constructor(id: string) {
    super('customer', 'erased', id);
  }
}

/** Somebody corrected what we know of a customer. */
export class CustomerUpdated extends RowChanged<'customer', 'updated'> {
  constructor(id: string, changes: Changes) {
    super('customer', 'updated', id, changes);
  }
}
