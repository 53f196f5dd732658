import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { isPassword } from '../../platform/secrets/passwords.js';
import { organizationInactive } from '../organizations/organization.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { UsersService } from '../users/users.service.js';
import type { UserView } from '../users/user.view.js';
import type { ChangePassword } from '../users/users.dto.js';
import type { SignedInView } from './auth.view.js';
import { OrganizationSwitched } from './auth.events.js';
import { SessionsService } from './sessions.service.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** What signed-in people do with their own account. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly organizations: OrganizationsService,
    private readonly sessions: SessionsService,
    private readonly throttle: SignInThrottle,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** The user, with the organization that the token is bound to. */
  async me(): Promise<UserView> {
    const { actor, orgId } = OrgContext;
    const user = await inOrganization(actor.orgId, () => this.users.get(found(actor.id)));
    return { ...user, orgId };
  }

  /** Tokens bound to another organization; the true actor stays in them. 404 where there is none of that id. */
  async switchOrganization(orgId: string): Promise<SignedInView> {
    const { id, role, orgId: homeOrgId } = OrgContext.actor;
    if (role !== 'super_admin' || id === null)
      throw AppError.forbidden('Only a super admin switches between organizations');
    const { isActive } = await this.organizations.get(orgId);
    if (!isActive) throw organizationInactive();
    const { username, email } = await inOrganization(homeOrgId, () => this.users.get(id));
    await this.database.transaction(() => this.events.publish(new OrganizationSwitched(orgId)));
    const tokens = await this.sessions.begin({ userId: id, username, email, role, orgId, homeOrgId });
    return { user: { id, username, email, role, orgId }, tokens };
  }

  /** Ends every other session too. 401 `invalid_credentials` where the current password is wrong. */
  async changePassword({ currentPassword, newPassword }: ChangePassword): Promise<UserView> {
    const { id, orgId } = OrgContext.actor;
    const userId = found(id);
    const address = OrgContext.current?.origin.ip ?? 'unknown';
    await this.throttle.count(userId, address);
    await this.assertPassword(userId, currentPassword);
    await this.throttle.forget(userId, address);
    return inOrganization(orgId, () => this.users.setPassword(userId, newPassword));
  }

  private async assertPassword(userId: string, password: string): Promise<void> {
    const passwordHash = await inOrganization(OrgContext.actor.orgId, () => this.users.passwordHashOf(userId));
    if (await isPassword(password, passwordHash)) return;
    throw new AppError('invalid_credentials', 401, 'The current password is wrong');
  }
}

/** A super admin who switched is still a user of their home. */
function inOrganization<T>(orgId: string, work: () => Promise<T>): Promise<T> {
  return orgId === OrgContext.orgId ? work() : OrgContext.runIn(orgId, work);
}
