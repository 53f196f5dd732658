import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { logger } from '../../platform/logging/logger.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { organizationInactive } from '../organizations/organization.js';
import { OrganizationsService } from '../organizations/organizations.service.js';
import { UsersService } from '../users/users.service.js';
import type { UserStanding } from '../users/users.repository.js';
import { keyPermissions } from './callers.js';
import type { Recognized } from './credentials.js';

/** How many organizations are asked about at once: requests go first. */
const LANES = 4;

/** Whether those who stay connected still may: as the database has it now, not as it is remembered. */
@Injectable()
export class Standings {
  constructor(
    private readonly users: UsersService,
    private readonly organizations: OrganizationsService,
    private readonly apiKeys: ApiKeysService,
  ) {}

  /**
   * Why they may not, of those who may not. One statement for all users of an organization. Those that cannot be looked up
   * at this moment stay: nothing is committed that they could hear of.
   */
  async refusals(connected: readonly Recognized[]): Promise<Map<Recognized, AppError>> {
    const refused = new Map<Recognized, AppError>();
    const groups = [...grouped(connected).values()];
    while (groups.length > 0)
      await Promise.all(groups.splice(0, LANES).map((group) => this.judge(group, refused).catch(warn)));
    return refused;
  }

  private async judge(group: Recognized[], refused: Map<Recognized, AppError>): Promise<void> {
    const users = await this.usersOf(group);
    for (const one of group) {
      const refusal = one.apiKey === null ? await this.ofUser(one, users) : await this.ofKey(one, one.apiKey);
      if (refusal) refused.set(one, refusal);
    }
  }

  private async usersOf(group: Recognized[]): Promise<Map<string, UserStanding>> {
    const ids = group.filter(({ apiKey }) => apiKey === null).map(({ caller }) => caller.actor.id ?? '');
    const [first] = group;
    if (!first || ids.length === 0) return new Map();
    const home = first.caller.actor.orgId;
    const standings = await OrgContext.runAsSystem(home, 'standing', () => this.users.standings([...new Set(ids)]));
    return new Map(standings.map((standing) => [standing.id, standing]));
  }

  private async ofUser({ caller }: Recognized, users: Map<string, UserStanding>): Promise<AppError | null> {
    const { actor, orgId } = caller;
    const user = users.get(actor.id ?? '');
    if (!user?.isActive) return ended('The access token is not valid any more: sign in again');
    if (!user.organizationIsActive) return organizationInactive();
    if (user.role !== actor.role) return changed();
    const isVisiting = orgId !== actor.orgId;
    return isVisiting && !(await this.organizations.isActive(orgId)) ? organizationInactive() : null;
  }

  private async ofKey({ caller }: Recognized, text: string): Promise<AppError | null> {
    const key = await this.apiKeys.standing(text);
    if (!key) return ended('The API key is not valid');
    if (!key.organizationIsActive) return organizationInactive();
    const [before, now] = [caller.actor.permissions, keyPermissions(key.orgId, key.scopes)];
    return before.size === now.size && [...now].every((permission) => before.has(permission)) ? null : changed();
  }
}

/** By the organization that they are at home in. */
function grouped(connected: readonly Recognized[]): Map<string, Recognized[]> {
  const groups = new Map<string, Recognized[]>();
  for (const one of connected) {
    const { orgId } = one.caller.actor;
    groups.set(orgId, [...(groups.get(orgId) ?? []), one]);
  }
  return groups;
}

function ended(message: string): AppError {
  return AppError.unauthenticated(message);
}

function changed(): AppError {
  return new AppError('permissions_changed', 401, 'What this caller may do has changed: connect again');
}

function warn(error: unknown): void {
  logger.warn({ err: error }, 'Whether connected callers still may be could not be looked up');
}
