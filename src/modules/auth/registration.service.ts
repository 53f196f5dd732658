import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { InvitationsService } from '../users/invitations.service.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { UsersService } from '../users/users.service.js';
import type { UserView } from '../users/user.view.js';
import { RegisterInvited, RegisterMember, RegisterOrganization } from './auth.dto.js';
import type { Registration } from './registration.pipe.js';

/** The three ways to become a user. Nobody names their own role or organization. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly config: Config,
    private readonly users: UsersService,
    private readonly invitations: InvitationsService,
    private readonly organizations: OrganizationsService,
  ) {}

  register(registration: Registration): Promise<UserView> {
    if (registration instanceof RegisterInvited) return this.accept(registration);
    if (registration instanceof RegisterOrganization) return this.signUp(registration);
    return this.add(registration);
  }

  private accept({ invitationToken, ...acceptance }: RegisterInvited): Promise<UserView> {
    return this.invitations.accept(invitationToken, acceptance);
  }

  private async signUp({ organizationName, ...admin }: RegisterOrganization): Promise<UserView> {
    if (!this.config.settings.ALLOW_SIGNUP)
      throw AppError.forbidden('Registering an organization is not open here: ask for an invitation');
    return this.organizations.signUp(organizationName, () => this.users.insert({ ...admin, role: 'admin' }));
  }

  private async add({ orgId = OrgContext.orgId, ...member }: RegisterMember): Promise<UserView> {
    const { permissions } = OrgContext.actor;
    if (permissions.has('organizations:write')) return this.addTo(orgId, () => this.users.create(member));
    if (!permissions.has('users:write') || orgId !== OrgContext.orgId)
      throw AppError.forbidden('Only admins add users, and only to their own organization');
    return this.users.create(member);
  }

  private async addTo(orgId: string, create: () => Promise<UserView>): Promise<UserView> {
    if (orgId === OrgContext.orgId) return create();
    if (!(await this.organizations.exists(orgId))) throw AppError.invalidField('orgId', 'is not an organization');
    return OrgContext.runIn(orgId, create);
  }
}
