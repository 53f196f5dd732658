import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { isRole } from '../../platform/context/permissions.js';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toOffsetPage } from '../../platform/http/pagination.js';
import type { OffsetPage, OffsetQuery } from '../../platform/http/pagination.js';
import { isSameHash, makeSecret, readSecret } from '../../platform/secrets/located-secret.js';
import { organizationInactive } from '../organizations/organization.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { toInvitationView } from './invitation.view.js';
import type { CreatedInvitationView, InvitationView } from './invitation.view.js';
import { InvitationsRepository } from './invitations.repository.js';
import { assertMayManage } from './role-policy.js';
import { InvitationChanged } from './user.events.js';
import type { UserView } from './user.view.js';
import type { CreateInvitation, CreateUser } from './users.dto.js';
import { UsersService } from './users.service.js';

const PREFIX = 'pd_inv';
const LIFETIME_MS = 48 * 3_600_000;

/** How an invited person introduces themselves; e-mail, role and organization are the invitation's. */
export type Acceptance = Pick<CreateUser, 'username' | 'password' | 'name'>;

@Injectable()
export class InvitationsService {
  constructor(
    private readonly invitations: InvitationsRepository,
    private readonly users: UsersService,
    private readonly organizations: OrganizationsService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: OffsetQuery): Promise<OffsetPage<InvitationView>> {
    const { rows, total } = await this.invitations.list(query);
    return toOffsetPage(rows, total, query, toInvitationView);
  }

  async create({ email, role }: CreateInvitation): Promise<CreatedInvitationView> {
    assertMayManage(role);
    const { id, text, hash: tokenHash } = makeSecret(PREFIX, OrgContext.orgId);
    const invitedBy = OrgContext.userId;
    const row = { id, email, role, tokenHash, invitedBy, expiresAt: new Date(Date.now() + LIFETIME_MS) };
    return this.database.transaction(async () => {
      const created = await this.invitations.create(row);
      await this.events.publish(new InvitationChanged('created', id, changesBetween(null, { email, role })));
      return { ...toInvitationView(created), token: text };
    });
  }

  /** 409 `invitation_closed` for one that was used, revoked or is over. */
  async revoke(id: string): Promise<InvitationView> {
    return this.database.transaction(async () => {
      found(await this.invitations.find(id));
      const revoked = await this.invitations.close(id, { revokedAt: new Date() });
      if (!revoked) throw new AppError('invitation_closed', 409, 'The invitation was used, revoked or is over');
      await this.events.publish(new InvitationChanged('revoked', id));
      return toInvitationView(revoked);
    });
  }

  /** Makes the invited user. 401 for a token that is unknown, used, revoked or over: which of these is nobody's business. 403 where the organization is deactivated. */
  async accept(token: string, acceptance: Acceptance): Promise<UserView> {
    const secret = readSecret(PREFIX, token);
    if (!secret) throw refused();
    return OrgContext.runAsSystem(secret.orgId, 'invitation', () =>
      this.database.transaction(async () => {
        const invitation = await this.invitations.find(secret.id);
        if (!invitation || !isSameHash(invitation.tokenHash, secret.hash)) throw refused();
        if (!(await this.organizations.current()).isActive) throw organizationInactive();
        const accepted = await this.invitations.close(secret.id, { acceptedAt: new Date() });
        if (!accepted || !isRole(accepted.role)) throw refused();
        await this.events.publish(new InvitationChanged('accepted', secret.id));
        return this.users.insert({ ...acceptance, email: accepted.email, role: accepted.role });
      }),
    );
  }
}

function refused(): AppError {
  return AppError.unauthenticated('The invitation is not valid, was used, or is over: ask for a new one');
}
