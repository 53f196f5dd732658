import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/context/org-context.js';
import { isRole, permissionsIn, permissionsOf } from '../../platform/context/permissions.js';
import type { ChannelAuthorizationModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';

/** Whoever began, without their permissions, which are as they are when they come back. */
export type KeptActor = Pick<Actor, 'type' | 'id' | 'name' | 'role' | 'orgId'> & { accountId: string | null };

export interface NewAuthorization {
  id: string;
  secretHash: Uint8Array<ArrayBuffer>;
  verifier: string;
  chatbotId: string | null;
  actor: KeptActor;
  expiresAt: Date;
}

const PLATFORM = 'zalo';
const NEEDED = 'integrations:write';

/** People who are away at Zalo's, to give us an account. */
@Injectable()
export class ZaloAuthorizationsRepository extends OrgRepository {
  async create({ actor, ...authorization }: NewAuthorization): Promise<void> {
    const { accountId } = actor;
    const data = { ...this.mine, ...authorization, platform: PLATFORM, accountId, actor: { ...actor } };
    await this.db.channelAuthorization.create({ data });
  }

  find(id: string): Promise<ChannelAuthorizationModel | null> {
    return this.db.channelAuthorization.findFirst({ where: { ...this.mine, id, platform: PLATFORM } });
  }

  /** Spends it; false where that has happened, or it is too late. Of several at once one succeeds. */
  async spend(id: string, now: Date): Promise<boolean> {
    const where = { ...this.mine, id, usedAt: null, expiresAt: { gt: now } };
    return (await this.db.channelAuthorization.updateMany({ where, data: { usedAt: now } })).count === 1;
  }

  async forgetOlderThan(time: Date): Promise<void> {
    await this.db.channelAuthorization.deleteMany({ where: { ...this.mine, expiresAt: { lt: time } } });
  }

  async hasChatbot(id: string): Promise<boolean> {
    return (await this.db.chatbot.findFirst({ where: { ...this.mine, id }, select: { id: true } })) !== null;
  }

  /** Whoever began, as they may act now; null where they may not any more. A guest from another organization is at home there. */
  async standing({ accountId, ...kept }: KeptActor): Promise<Actor | null> {
    const organization = { id: this.mine.orgId, isActive: true };
    if (!(await this.db.organization.findFirst({ where: organization, select: { id: true } }))) return null;
    const actor = { ...kept, ...(accountId !== null && { accountId }), permissions: permissionsIn([NEEDED]) };
    if (kept.type !== 'user' || kept.id === null || kept.orgId !== this.mine.orgId) return actor;
    const where = { ...this.mine, id: kept.id, isActive: true };
    const user = await this.db.user.findFirst({ where, select: { role: true } });
    return user && isRole(user.role) && permissionsOf(user.role).has(NEEDED) ? actor : null;
  }
}
