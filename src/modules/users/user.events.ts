import { DomainEvent } from '../../platform/events/domain-event.js';
import type { Changes } from '../../platform/events/domain-event.js';

/** A user came, changed or went. */
export class UserChanged extends DomainEvent {
  readonly name: string;
  readonly target: { type: 'user'; id: string };

  constructor(
    private readonly verb: 'created' | 'updated' | 'deactivated' | 'activated' | 'password_changed',
    readonly userId: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.name = `user.${verb}`;
    this.target = { type: 'user', id: userId };
  }

  get endsSessions(): boolean {
    return this.verb === 'deactivated' || this.verb === 'password_changed';
  }
}

/** An invitation was sent out, taken back or accepted. */
export class InvitationChanged extends DomainEvent {
  readonly name: string;
  readonly target: { type: 'invitation'; id: string };

  constructor(
    verb: 'created' | 'revoked' | 'accepted',
    id: string,
    override readonly changes: Changes = {},
  ) {
    super();
    this.name = `invitation.${verb}`;
    this.target = { type: 'invitation', id };
  }
}
