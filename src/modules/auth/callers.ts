import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../../platform/context/org-context.js';
import type { Actor } from '../../platform/context/org-context.js';
import { isPlatform, isRole, permissionsIn, permissionsOf } from '../../platform/context/permissions.js';
import type { Permission, Role } from '../../platform/context/permissions.js';
import { StandingCache } from '../../platform/database/standing-cache.js';
import { Events } from '../../platform/events/events.js';
import { AppError } from '../../platform/http/app-error.js';
import { logger } from '../../platform/logging/logger.js';
import { ApiKeyChanged } from '../api-keys/api-key.events.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { ApiKeyStanding } from '../api-keys/api-key-routes.system-repository.js';
import { OrganizationChanged } from '../organizations/organization.events.js';
import { organizationInactive } from '../organizations/organization.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { requestAllowance } from '../organizations/request-allowance.js';
import type { RequestAllowance } from '../organizations/request-allowance.js';
import { UserChanged } from '../users/user.events.js';
import { UsersService } from '../users/users.service.js';
import type { TokenHolder } from './access-tokens.js';

/** A caller, and the organization that their credential fixes. */
export interface Caller {
  orgId: string;
  actor: Actor;
  allowance: RequestAllowance;
}

/** A key's caller, and what is looked at each time: it may end while it is remembered. */
interface KeyCaller {
  key: ApiKeyStanding;
  caller: Caller;
}

/** Turns a verified credential into a caller, as the database has them now: a token's claims only say whom to look up. */
@Injectable()
export class Callers implements OnModuleInit {
  private readonly users = new StandingCache<Caller>();
  private readonly keys = new StandingCache<KeyCaller>();

  constructor(
    private readonly usersService: UsersService,
    private readonly organizations: OrganizationsService,
    private readonly apiKeys: ApiKeysService,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.events.on(UserChanged, () => this.forget());
    this.events.on(OrganizationChanged, () => this.forget());
    this.events.on(ApiKeyChanged, () => this.forget());
  }

  async fromToken({ userId, orgId, act }: TokenHolder): Promise<Caller> {
    const home = act?.orgId ?? orgId;
    const caller = await this.users.get(`${home} ${orgId} ${userId}`, () => this.loadUser(userId, home, orgId));
    if (!caller) throw AppError.unauthenticated('The access token is not valid any more: sign in again');
    return caller;
  }

  async fromKey(text: string): Promise<Caller> {
    const known = await this.keys.get(text, () => this.loadKey(text));
    if (!known || isOver(known.key)) throw AppError.unauthenticated('The API key is not valid');
    if (!known.key.organizationIsActive) throw organizationInactive();
    this.touch(known.key);
    return known.caller;
  }

  forget(): void {
    this.users.clear();
    this.keys.clear();
  }

  private async loadUser(userId: string, home: string, orgId: string): Promise<Caller | undefined> {
    const user = await OrgContext.runAsSystem(home, 'sign-in', () => this.usersService.standing(userId));
    if (!user?.isActive || !isRole(user.role)) return undefined;
    if (!user.organizationIsActive) throw organizationInactive();
    if (home !== orgId) await this.assertMayVisit(user.role, orgId);
    const { id, accountId, username: name, role } = user;
    const actor: Actor = { type: 'user', id, accountId, name, role, orgId: home, permissions: permissionsOf(role) };
    return { orgId, actor, allowance: requestAllowance(user.organizationTier, user.rateLimits) };
  }

  /** A switched token holds only while its owner is a super admin and the organization is there and active. */
  private async assertMayVisit(role: Role, orgId: string): Promise<void> {
    if (role !== 'super_admin') throw AppError.unauthenticated('The access token is not valid any more: sign in again');
    if (!(await this.organizations.isActive(orgId))) throw organizationInactive();
  }

  private async loadKey(text: string): Promise<KeyCaller | undefined> {
    const key = await this.apiKeys.standing(text);
    if (!key) return undefined;
    const allowance = requestAllowance(key.organizationTier, key.rateLimits);
    return { key, caller: { orgId: key.orgId, actor: keyActor(key), allowance } };
  }

  private touch({ orgId, id }: ApiKeyStanding): void {
    const noted = OrgContext.runAsSystem(orgId, 'key use', () => this.apiKeys.touch(id));
    noted.catch((error: unknown) => logger.warn({ err: error }, 'The last use of an API key could not be noted'));
  }
}

function isOver({ endsAt }: ApiKeyStanding): boolean {
  return endsAt !== null && Date.parse(endsAt) <= Date.now();
}

function keyActor({ orgId, id, name, scopes, chatbotId }: ApiKeyStanding): Actor {
  const permissions = keyPermissions(orgId, scopes);
  return { type: 'api_key', id, name, role: null, orgId, permissions, ...(chatbotId !== null && { chatbotId }) };
}

/** Scopes over organizations count only on keys of the platform's own organization, whatever is stored. */
export function keyPermissions(orgId: string, scopes: string[]): ReadonlySet<Permission> {
  const granted = orgId === DEFAULT_ORGANIZATION_ID ? scopes : scopes.filter((scope) => !isPlatform(scope));
  return permissionsIn(granted);
}
