import { DomainEvent } from './domain-event.js';
import type { Changes } from './domain-event.js';

/** A row came, changed or went. Called `<type>.<verb>`. */
export abstract class RowChanged<Type extends string, Verb extends string> extends DomainEvent {
  readonly name: `${Type}.${Verb}`;
  readonly target: { type: Type; id: string };
  override readonly changes: Changes;
  /** What left everything as it was is nothing to write down. */
  override readonly isAudited: boolean;

  constructor(
    type: Type,
    readonly verb: Verb,
    id: string,
    changes?: Changes,
  ) {
    super();
    this.name = `${type}.${verb}`;
    this.target = { type, id };
    this.changes = changes ?? {};
    this.isAudited = changes === undefined || Object.keys(changes).length > 0;
  }
}
