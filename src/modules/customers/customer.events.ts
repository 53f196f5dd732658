import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

/** Somebody corrected what we know of a customer. */
export class CustomerUpdated extends RowChanged<'customer', 'updated'> {
  constructor(id: string, changes: Changes) {
    super('customer', 'updated', id, changes);
  }
}
