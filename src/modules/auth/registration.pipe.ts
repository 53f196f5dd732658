import { Injectable } from '@nestjs/common';
import type { PipeTransform, Type } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { RequestValidationPipe } from '../../platform/http/validation.pipe.js';
import { RegisterInvited, RegisterMember, RegisterOrganization } from './auth.dto.js';

export type Registration = RegisterInvited | RegisterMember | RegisterOrganization;

/** Which of the three registrations a body is, by the field that only it has; checked as that one. */
@Injectable()
export class RegistrationPipe implements PipeTransform<unknown, Promise<Registration>> {
  private readonly validation = new RequestValidationPipe();

  async transform(body: unknown): Promise<Registration> {
    const metatype = kindOf(body);
    if (metatype === RegisterMember && !OrgContext.current?.actor) throw AppError.unauthenticated();
    const checked: unknown = await this.validation.transform(body, { type: 'body', metatype });
    if (isRegistration(checked)) return checked;
    throw AppError.invalidField('', 'must be a JSON object');
  }
}

function kindOf(body: unknown): Type<Registration> {
  if (typeof body !== 'object' || body === null) return RegisterMember;
  if ('invitationToken' in body) return RegisterInvited;
  return 'organizationName' in body ? RegisterOrganization : RegisterMember;
}

function isRegistration(value: unknown): value is Registration {
  return [RegisterInvited, RegisterMember, RegisterOrganization].some((kind) => value instanceof kind);
}
