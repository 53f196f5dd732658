import { MEMBER_ROLES, ROLES } from '../../platform/context/permissions.js';
import type { Role } from '../../platform/context/permissions.js';
import { CurrentPassword, EmailAddress, Password, Username } from '../../platform/http/account-fields.js';
import { Flag, OneOf, Text } from '../../platform/http/fields.js';
import { OffsetQuery } from '../../platform/http/pagination.js';

export class ListUsers extends OffsetQuery {
  @OneOf(ROLES, { optional: true }) role?: Role;
  @Flag({ optional: true }) isActive?: boolean;
  @Text({ optional: true, description: 'In username, e-mail and name' }) search?: string;
}

export class CreateUser {
  @Username() username!: string;
  @EmailAddress() email!: string;
  @Password() password!: string;
  @OneOf(ROLES) role!: Role;
  @Text({ optional: true, nullable: true }) name?: string | null;
  @Text({ max: 32, optional: true, nullable: true }) phone?: string | null;
}

export class UpdateUser {
  @Username({ optional: true }) username?: string;
  @EmailAddress({ optional: true }) email?: string;
  @OneOf(ROLES, { optional: true }) role?: Role;
  @Text({ optional: true, nullable: true }) name?: string | null;
  @Text({ max: 32, optional: true, nullable: true }) phone?: string | null;
  @Password({ optional: true, description: "Sets a new one and ends the user's sessions" }) password?: string;
}

export class ChangePassword {
  @CurrentPassword() currentPassword!: string;
  @Password() newPassword!: string;
}

export class CreateInvitation {
  @EmailAddress() email!: string;
  @OneOf(MEMBER_ROLES) role!: Role;
}
