import { describe, expect, it } from '@jest/globals';
import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';
import { Organization } from './organization.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const BEFORE = new Date('2026-03-01T11:59:59.999Z');
const AFTER = new Date('2026-03-01T12:00:00.001Z');

function organization(fields: Partial<OrganizationModel> = {}): Organization {
  return new Organization({
    id: 'org_acme',
    name: 'acme',
    displayName: null,
    email: null,
    phone: null,
    isActive: true,
    tier: 'standard',
    mondayWorkspaceId: null,
    stripeCustomerId: null,
    subscriptionStatus: null,
    trialEndsAt: null,
    features: {},
    settings: {},
    createdBy: null,
    createdAt: NOW,
    updatedAt: NOW,
    ...fields,
  });
}

describe('An organization', () => {
  describe('has a feature', () => {
    it('where its flag is true', () => {
      expect(organization({ features: { advanced_analytics: true } }).hasFeature('advanced_analytics')).toBe(true);
    });

    it.each([{}, { advanced_analytics: false }, { advanced_analytics: 'true' }, { advanced_analytics: 1 }, null, []])(
      'and not with %j',
      (features) => {
        expect(organization({ features }).hasFeature('advanced_analytics')).toBe(false);
      },
    );

    it.each(['constructor', '__proto__', 'toString', 'length', ''])('and not by the name %j', (flag) => {
      expect(organization().hasFeature(flag)).toBe(false);
    });
  });

  describe('has an active subscription', () => {
    const isActive = (fields: Partial<OrganizationModel>) => organization(fields).isSubscriptionActive(NOW);

    it('without any: there is no bill to miss', () => {
      expect(isActive({})).toBe(true);
    });

    it('while its trial lasts, with or without a status', () => {
      expect(isActive({ trialEndsAt: AFTER })).toBe(true);
      expect(isActive({ subscriptionStatus: 'trialing', trialEndsAt: AFTER })).toBe(true);
      expect(isActive({ subscriptionStatus: 'trialing' })).toBe(true);
    });

    it('until the very moment in which the trial ends', () => {
      for (const subscriptionStatus of [null, 'trialing']) {
        expect(isActive({ subscriptionStatus, trialEndsAt: NOW })).toBe(false);
        expect(isActive({ subscriptionStatus, trialEndsAt: BEFORE })).toBe(false);
      }
    });

    it('once it pays, whenever its trial ended', () => {
      expect(isActive({ subscriptionStatus: 'active', trialEndsAt: BEFORE })).toBe(true);
    });

    it.each(['canceled', 'unpaid', 'past_due', 'incomplete', 'incomplete_expired', 'paused'])(
      'and not when it is %s, not even during a trial',
      (subscriptionStatus) => {
        expect(isActive({ subscriptionStatus })).toBe(false);
        expect(isActive({ subscriptionStatus, trialEndsAt: AFTER })).toBe(false);
      },
    );

    it('and not in a state that nobody has heard of', () => {
      expect(isActive({ subscriptionStatus: 'cancelled' })).toBe(false);
      expect(isActive({ subscriptionStatus: 'CANCELED' })).toBe(false);
    });

    it('never while it is deactivated', () => {
      expect(isActive({ isActive: false })).toBe(false);
      expect(isActive({ isActive: false, subscriptionStatus: 'active' })).toBe(false);
    });

    it('as of now, unless told otherwise', () => {
      expect(organization({ trialEndsAt: new Date(Date.now() + 60_000) }).isSubscriptionActive()).toBe(true);
      expect(organization({ trialEndsAt: new Date(Date.now() - 60_000) }).isSubscriptionActive()).toBe(false);
    });
  });
});
