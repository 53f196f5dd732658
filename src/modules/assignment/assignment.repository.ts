import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { assignmentRuleIn } from '../organizations/assignment-rule.js';
import type { AssignmentRule } from '../organizations/assignment-rule.js';

/** Conversations that nobody has, and the agents who could have them. */
@Injectable()
export class AssignmentRepository extends OrgRepository {
  async rule(): Promise<AssignmentRule> {
    const where = { id: this.mine.orgId };
    const organization = await this.db.organization.findFirst({ where, select: { settings: true } });
    return assignmentRuleIn(organization?.settings);
  }

  /**
   * Until the transaction ends no other conversation of the organization is given to anybody, on whichever node: who is next
   * depends on who was last.
   */
  async takeTurn(): Promise<void> {
    const name = JSON.stringify([this.mine.orgId, 'assignment']);
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(this.sql);
  }

  /** Whether a conversation is open and nobody has it. */
  async isWaiting(id: string): Promise<boolean> {
    return (await this.waiting(id).executeTakeFirst()) !== undefined;
  }

  /** The conversation of a customer's message, where it is open and nobody has it. */
  async waitingSince(messageId: string): Promise<string | null> {
    const { orgId } = this.mine;
    const conversation = await this.sql
      .selectFrom('messages as m')
      .innerJoin('conversations as c', (join) => join.on('c.orgId', '=', orgId).onRef('c.id', '=', 'm.conversationId'))
      .where('m.orgId', '=', orgId)
      .where('m.id', '=', messageId)
      .where('m.direction', '=', 'in')
      .where('c.status', '=', 'open')
      .where('c.assigneeId', 'is', null)
      .select('c.id')
      .executeTakeFirst();
    return conversation?.id ?? null;
  }

  /** As {@link isWaiting}, and until the transaction ends it stays so. */
  async holdWaiting(id: string): Promise<boolean> {
    return (await this.waiting(id).forNoKeyUpdate().executeTakeFirst()) !== undefined;
  }

  /**
   * The active agent who is next, locked until the transaction ends; null where the organization has none. To be asked for
   * before the conversation is locked, as everything locks users first.
   */
  async nextAgent(rule: AssignmentRule): Promise<string | null> {
    const { orgId } = this.mine;
    const open = sql`(
      SELECT count(*) FROM conversations c WHERE c.org_id = ${orgId} AND c.assignee_id = u.id AND c.status = 'open'
    ), `;
    const { rows } = await sql<{ id: string }>`
      SELECT u.id FROM users u WHERE u.org_id = ${orgId} AND u.role = 'agent' AND u.is_active
      ORDER BY ${rule === 'least_busy' ? open : sql``} u.last_assigned_at NULLS FIRST, u.id
      LIMIT 1 FOR NO KEY UPDATE`.execute(this.sql);
    return rows[0]?.id ?? null;
  }

  /** Puts an agent at the end of the line. */
  async noteTurn(userId: string): Promise<void> {
    const { orgId } = this.mine;
    const agent = this.sql.updateTable('users').where('orgId', '=', orgId).where('id', '=', userId);
    await agent.set({ lastAssignedAt: sql<string>`clock_timestamp()` }).execute();
  }

  async isActive(userId: string): Promise<boolean> {
    return (await this.db.user.findFirst({ where: { ...this.mine, id: userId, isActive: true } })) !== null;
  }

  /** Takes the conversations that are not done yet from a user. Returns which. */
  async release(userId: string): Promise<string[]> {
    const { orgId } = this.mine;
    const released = await this.sql
      .updateTable('conversations')
      .set({ assigneeId: null, updatedAt: new Date() })
      .where('orgId', '=', orgId)
      .where('assigneeId', '=', userId)
      .where('status', '<>', 'resolved')
      .returning('id')
      .execute();
    return released.map(({ id }) => id);
  }

  private waiting(id: string) {
    const { orgId } = this.mine;
    const conversation = this.sql.selectFrom('conversations').where('orgId', '=', orgId).where('id', '=', id);
    return conversation.where('status', '=', 'open').where('assigneeId', 'is', null).select('id');
  }
}
