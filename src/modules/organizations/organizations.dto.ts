import { Validate, ValidatorConstraint } from 'class-validator';
import type { ValidatorConstraintInterface } from 'class-validator';
import { EmailAddress } from '../../platform/http/account-fields.js';
import { Flag, JsonMap, OneOf, Pattern, Text } from '../../platform/http/fields.js';
import { Moment } from '../../platform/http/moment-field.js';
import { OffsetQuery } from '../../platform/http/pagination.js';

export const TIERS = ['free', 'standard', 'enterprise'] as const;
const NAME = /^(?=.{2,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const NAME_IN_WORDS = '2 to 63 lower-case letters, digits and single hyphens, such as acme-corp';

@ValidatorConstraint()
class OnlyFlags implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return (
      typeof value === 'object' && value !== null && Object.values(value).every((flag) => typeof flag === 'boolean')
    );
  }

  defaultMessage(): string {
    return 'must have only true and false as values';
  }
}

/** What members may change of their own organization. */
export class UpdateCurrentOrganization {
  @Text({ optional: true, nullable: true }) displayName?: string | null;
  @EmailAddress({ optional: true, nullable: true }) email?: string | null;
  @Text({ max: 32, optional: true, nullable: true }) phone?: string | null;
  @JsonMap({ optional: true }) settings?: Record<string, unknown>;
}

/** What only the platform may set. */
class PlatformFields extends UpdateCurrentOrganization {
  @OneOf(TIERS, { optional: true }) tier?: string;
  @Text({ optional: true, nullable: true }) mondayWorkspaceId?: string | null;
  @Text({ optional: true, nullable: true }) stripeCustomerId?: string | null;
  @Text({ max: 64, optional: true, nullable: true }) subscriptionStatus?: string | null;
  @Moment({ optional: true, nullable: true }) trialEndsAt?: string | null;
  @JsonMap({ optional: true, example: { reports: true } }) @Validate(OnlyFlags) features?: Record<string, boolean>;
}

export class CreateOrganization extends PlatformFields {
  @Pattern(NAME, NAME_IN_WORDS, { max: 63, example: 'acme-corp' }) name!: string;
}

export class UpdateOrganization extends PlatformFields {
  @Pattern(NAME, NAME_IN_WORDS, { max: 63, example: 'acme-corp', optional: true }) name?: string;
  @Flag({ optional: true }) isActive?: boolean;
}

export class ListOrganizations extends OffsetQuery {
  @Flag({ optional: true }) isActive?: boolean;
  @OneOf(TIERS, { optional: true }) tier?: string;
  @Text({ optional: true }) search?: string;
}

export class DeleteOrganization {
  @Flag({ optional: true, description: 'Remove all its data, everywhere. Only once deactivated.' })
  hard: boolean = false;
}
