import { Injectable } from '@nestjs/common';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ParticipantRow } from './participant.view.js';

/** Users are asked for directly: their module is not among our neighbours. */
@Injectable()
export class ParticipantsRepository extends OrgRepository {
  /** The active ones, by username. */
  async of(conversationId: string): Promise<ParticipantRow[]> {
    const following = await this.db.conversationParticipant.findMany({ where: { ...this.mine, conversationId } });
    const ids = following.map(({ userId }) => userId);
    return this.db.user.findMany({
      where: { ...this.mine, id: { in: ids }, isActive: true },
      orderBy: { username: 'asc' },
      select: { id: true, username: true, name: true },
    });
  }

  /** Those of these who are active users of the organization; they stay so until the transaction ends. */
  async active(ids: string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const { orgId } = this.mine;
    const users = this.sql.selectFrom('users').where('orgId', '=', orgId).where('id', 'in', ids).orderBy('id');
    const rows = await users.where('isActive', '=', true).select('id').forShare().execute();
    return rows.map(({ id }) => id);
  }

  async replace(conversationId: string, userIds: string[]): Promise<void> {
    const others = { ...this.mine, conversationId, userId: { notIn: userIds } };
    await this.db.conversationParticipant.deleteMany({ where: others });
    const data = userIds.map((userId) => ({ ...this.mine, conversationId, userId }));
    await this.db.conversationParticipant.createMany({ data, skipDuplicates: true });
  }
}
