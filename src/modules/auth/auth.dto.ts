import { ROLES } from '../../platform/context/permissions.js';
import type { Role } from '../../platform/context/permissions.js';
import {
  CurrentPassword,
  EmailAddress,
  OrganizationId,
  Password,
  Username,
} from '../../platform/http/account-fields.js';
import { OneOf, Text } from '../../platform/http/fields.js';
import { CreateUser } from '../users/users.dto.js';

export class Login {
  @Text({ max: 254, optional: ({ username }) => username !== undefined, description: 'Or username' }) email?: string;
  @Text({ max: 64, optional: true }) username?: string;
  @CurrentPassword() password!: string;
  @OrganizationId({ optional: true, description: 'Its id or name, where the same e-mail is in several' })
  organization?: string;
}

export class RefreshTokenBody {
  @Text({ max: 512 }) refreshToken!: string;
}

export class SwitchOrganization {
  @OrganizationId() orgId!: string;
}

/** By a super admin, a platform key, or an admin for its own organization. */
export class RegisterMember extends CreateUser {
  @OneOf(ROLES) declare role: Role;
  @OrganizationId({ optional: true }) orgId?: string;
}

/** With an invitation: e-mail, role and organization are the invitation's. */
export class RegisterInvited {
  @Text({ max: 512 }) invitationToken!: string;
  @Username() username!: string;
  @Password() password!: string;
  @Text({ optional: true, nullable: true }) name?: string | null;
}

/** A stranger with an organization of their own, where ALLOW_SIGNUP is on. */
export class RegisterOrganization {
  @Text({ min: 2, max: 63 }) organizationName!: string;
  @Username() username!: string;
  @EmailAddress() email!: string;
  @Password() password!: string;
}
