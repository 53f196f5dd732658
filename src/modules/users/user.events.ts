import type { Changes } from '../../platform/events/domain-event.js';
import { RowChanged } from '../../platform/events/row-changed.js';

type UserVerb = 'created' | 'updated' | 'deactivated' | 'activated' | 'password_changed';

/** A user came, changed or went. */
export class UserChanged extends RowChanged<'user', UserVerb> {
  constructor(verb: UserVerb, id: string, changes?: Changes) {
    super('user', verb, id, changes);
  }

  get endsSessions(): boolean {
    return this.verb === 'deactivated' || this.verb === 'password_changed';
  }
}

type InvitationVerb = 'created' | 'revoked' | 'accepted';

/** An invitation was sent out, taken back or accepted. */
export class InvitationChanged extends RowChanged<'invitation', InvitationVerb> {
  constructor(verb: InvitationVerb, id: string, changes?: Changes) {
    super('invitation', verb, id, changes);
  }
}
