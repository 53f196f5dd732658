import { AsyncLocalStorage } from 'node:async_hooks';
import type { Permission, Role } from './permissions.js';

/** The organization that everything from before organizations belongs to, and the home of super admins. */
export const DEFAULT_ORGANIZATION_ID = 'org_default_001';

/** Who is acting: a person, a partner's key, or Polydesk itself (webhooks, jobs, CLI). */
export interface Actor {
  type: 'user' | 'api_key' | 'system';
  id: string | null;
  name: string;
  role: Role | null;
  /** Where the actor is at home: another organization than the bound one for a super admin who switched. */
  orgId: string;
  permissions: ReadonlySet<Permission>;
  /** What rows name a user as: of users from before organizations, not their id. */
  accountId?: string;
  /** The chatbot whose key this is: it writes as itself, and only where it has the conversation. */
  chatbotId?: string;
}

/** Where a request came from. */
export interface Origin {
  requestId: string;
  ip: string | null;
  userAgent: string | null;
}

/** Nobody said for which organization this is. A defect of ours, never a client's fault. */
export class OrganizationContextMissingError extends Error {
  constructor() {
    super('No organization is bound here: run this inside OrgContext.run({ orgId, … })');
    this.name = 'OrganizationContextMissingError';
  }
}

/** Who is calling, and for which organization. One per request, socket event, job or command. */
export class OrgContext {
  private static readonly storage = new AsyncLocalStorage<OrgContext>();
  /** Set once at start from REQUIRE_ORGANIZATION_CONTEXT=false: what work without an organization belongs to. */
  private static fallbackOrgId: string | null = null;

  private boundOrgId: string | null = null;
  private boundActor: Actor | null = null;

  constructor(readonly origin: Origin) {}

  static run<T>(context: OrgContext, work: () => T): T {
    return OrgContext.storage.run(context, work);
  }

  /** Runs `work` as Polydesk itself inside one organization: a webhook's event, a job, a command. */
  static runAsSystem<T>(orgId: string, name: string, work: () => T): T {
    const context = new OrgContext(OrgContext.current?.origin ?? { requestId: name, ip: null, userAgent: null });
    context.bind(orgId, { type: 'system', id: null, name, role: null, orgId, permissions: new Set() });
    return OrgContext.run(context, work);
  }

  /** Runs `work` as the same actor inside another organization: the platform reaching into one of its own. */
  static runIn<T>(orgId: string, work: () => T): T {
    const context = new OrgContext(OrgContext.current?.origin ?? { requestId: 'none', ip: null, userAgent: null });
    context.bind(orgId, OrgContext.actor);
    return OrgContext.run(context, work);
  }

  static get current(): OrgContext | undefined {
    return OrgContext.storage.getStore();
  }

  /** The bound organization. Throws {@link OrganizationContextMissingError} where there is none. */
  static get orgId(): string {
    const orgId = OrgContext.current?.boundOrgId ?? OrgContext.fallbackOrgId;
    if (orgId === null) throw new OrganizationContextMissingError();
    return orgId;
  }

  /** Who is acting. Throws {@link OrganizationContextMissingError} where nobody is known. */
  static get actor(): Actor {
    const actor = OrgContext.current?.boundActor;
    if (!actor) throw new OrganizationContextMissingError();
    return actor;
  }

  /** The acting user's account, for rows that keep it; null for keys and for Polydesk itself. */
  static get accountId(): string | null {
    return OrgContext.actor.accountId ?? null;
  }

  /** The id of the acting user; null for keys and for Polydesk itself. */
  static get userId(): string | null {
    const { type, id } = OrgContext.actor;
    return type === 'user' ? id : null;
  }

  static fallBackTo(orgId: string | null): void {
    OrgContext.fallbackOrgId = orgId;
  }

  /** Fixes the organization and the actor for the rest of this context. Once: nothing later can change it. */
  bind(orgId: string, actor: Actor): void {
    if (this.boundOrgId !== null) throw new Error('This context already has an organization');
    this.boundOrgId = orgId;
    this.boundActor = actor;
  }

  get actor(): Actor | null {
    return this.boundActor;
  }

  /** What every log line of this context carries. */
  get logFields(): Record<string, string> {
    const fields: Record<string, string> = { requestId: this.origin.requestId };
    if (this.boundOrgId !== null) fields['orgId'] = this.boundOrgId;
    if (this.boundActor) fields['actor'] = `${this.boundActor.type}:${this.boundActor.id ?? this.boundActor.name}`;
    return fields;
  }
}
