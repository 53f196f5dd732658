import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';
import { AppError } from '../../platform/http/app-error.js';

/** The subscription states that entitle; all others, and those that nobody has heard of, do not. Source: Stripe, "Subscription statuses". */
const ENTITLING = new Set(['active', 'trialing']);

/** What an organization is entitled to. */
export class Organization {
  constructor(readonly row: OrganizationModel) {}

  hasFeature(flag: string): boolean {
    return isFlags(this.row.features) && this.row.features[flag] === true;
  }

  /** An organization without a subscription has no bill to miss; a trial counts until it ends. */
  isSubscriptionActive(now = new Date()): boolean {
    const { isActive, subscriptionStatus: status, trialEndsAt } = this.row;
    if (!isActive || (status !== null && !ENTITLING.has(status))) return false;
    const isOnTrial = status === null || status === 'trialing';
    return !(isOnTrial && trialEndsAt !== null && trialEndsAt <= now);
  }
}

/** What its users and keys hear until it is activated again. */
export function organizationInactive(): AppError {
  return new AppError('organization_inactive', 403, 'This organization is deactivated');
}

function isFlags(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
