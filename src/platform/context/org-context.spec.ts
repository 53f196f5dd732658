import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_ORGANIZATION_ID, OrgContext, OrganizationContextMissingError } from './org-context.js';
import type { Actor } from './org-context.js';

const ORIGIN = { requestId: 'r-1', ip: '192.0.2.1', userAgent: 'test' };
const ADMIN: Actor = {
  type: 'user',
  id: 'u-1',
  accountId: 'a-1',
  name: 'admin',
  role: 'admin',
  orgId: 'org_acme',
  permissions: new Set(['users:read']),
};

function bound(orgId: string, actor = ADMIN): OrgContext {
  const context = new OrgContext(ORIGIN);
  context.bind(orgId, actor);
  return context;
}

describe('OrgContext', () => {
  afterEach(() => OrgContext.fallBackTo(null));

  it('knows no organization and nobody outside of a context', () => {
    expect(OrgContext.current).toBeUndefined();
    expect(() => OrgContext.orgId).toThrow(OrganizationContextMissingError);
    expect(() => OrgContext.actor).toThrow(OrganizationContextMissingError);
    expect(() => OrgContext.accountId).toThrow(OrganizationContextMissingError);
  });

  it('knows none in a context before it is bound', () => {
    OrgContext.run(new OrgContext(ORIGIN), () => {
      expect(OrgContext.current?.logFields).toEqual({ requestId: 'r-1' });
      expect(() => OrgContext.orgId).toThrow(OrganizationContextMissingError);
    });
  });

  it('keeps the organization and the actor of concurrent work apart', async () => {
    const work = async (orgId: string) => {
      await delay(1);
      return [orgId, OrgContext.orgId, OrgContext.actor.name];
    };
    const orgIds = Array.from({ length: 20 }, (_, number) => `org_${number}`);
    const seen = await Promise.all(
      orgIds.map((orgId) => OrgContext.run(bound(orgId, { ...ADMIN, name: orgId }), () => work(orgId))),
    );
    expect(seen).toEqual(orgIds.map((orgId) => [orgId, orgId, orgId]));
  });

  it('is bound once: nothing later can change it', () => {
    const context = bound('org_acme');
    expect(() => context.bind('org_rival', ADMIN)).toThrow('This context already has an organization');
    expect(OrgContext.run(context, () => OrgContext.orgId)).toBe('org_acme');
  });

  it('acts as Polydesk itself for webhooks and jobs, without any permission, on behalf of the same request', () => {
    OrgContext.run(bound('org_acme'), () =>
      OrgContext.runAsSystem('org_rival', 'facebook webhook', () => {
        expect(OrgContext.orgId).toBe('org_rival');
        expect(OrgContext.actor).toMatchObject({ type: 'system', id: null, role: null, permissions: new Set() });
        expect([OrgContext.userId, OrgContext.accountId]).toEqual([null, null]);
        expect(OrgContext.current?.origin).toBe(ORIGIN);
      }),
    );
  });

  it('reaches into another organization as the same actor, who stays at home where they were', () => {
    OrgContext.run(bound(DEFAULT_ORGANIZATION_ID), () => {
      OrgContext.runIn('org_rival', () => {
        expect([OrgContext.orgId, OrgContext.actor]).toEqual(['org_rival', ADMIN]);
        expect([OrgContext.userId, OrgContext.accountId]).toEqual(['u-1', 'a-1']);
      });
      expect(OrgContext.orgId).toBe(DEFAULT_ORGANIZATION_ID);
    });
  });

  it('says request, organization and actor to the log', () => {
    expect(bound('org_acme').logFields).toEqual({ requestId: 'r-1', orgId: 'org_acme', actor: 'user:u-1' });
    OrgContext.runAsSystem('org_acme', 'sign-in', () =>
      expect(OrgContext.current?.logFields).toEqual({
        requestId: 'sign-in',
        orgId: 'org_acme',
        actor: 'system:sign-in',
      }),
    );
  });

  it('falls back to one organization where that is configured, and only where none is bound', () => {
    OrgContext.fallBackTo(DEFAULT_ORGANIZATION_ID);
    expect(OrgContext.orgId).toBe(DEFAULT_ORGANIZATION_ID);
    expect(OrgContext.run(bound('org_acme'), () => OrgContext.orgId)).toBe('org_acme');
    expect(() => OrgContext.actor).toThrow(OrganizationContextMissingError);
  });
});
