import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';

/** Subscription states in which nothing is paid for any more. Source: Stripe, "Subscription statuses". */
const LAPSED = new Set(['canceled', 'unpaid', 'past_due', 'incomplete', 'incomplete_expired', 'paused']);

/** What an organization is entitled to. */
export class Organization {
  constructor(readonly row: OrganizationModel) {}

  hasFeature(flag: string): boolean {
    return isFlags(this.row.features) && this.row.features[flag] === true;
  }

  /** An organization without a subscription has no bill to miss; a trial counts until it ends. */
  isSubscriptionActive(now = new Date()): boolean {
    const { isActive, subscriptionStatus: status, trialEndsAt } = this.row;
    if (!isActive || (status !== null && LAPSED.has(status))) return false;
    const isOnTrial = status === null || status === 'trialing';
    return !(isOnTrial && trialEndsAt !== null && trialEndsAt <= now);
  }
}

function isFlags(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
