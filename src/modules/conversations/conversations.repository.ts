import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import { literal } from '../../platform/database/like-pattern.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { positionOf } from '../../platform/http/pagination.js';
import type { ConversationRow } from './conversation.view.js';
import type { ListConversations } from './conversations.dto.js';

const COMPARED = ['status', 'platform', 'oaId', 'integrationId', 'assigneeId', 'chatbotId'] as const;
const SEARCHED = ['p.displayName', 'p.nickName', 'p.externalId', 'c.lastMessageText'] as const;

@Injectable()
export class ConversationsRepository extends OrgRepository {
  /** Newest activity first, one row more than the limit. */
  list(query: ListConversations): Promise<ConversationRow[]> {
    const from = positionOf(query);
    let matching = this.matching(query);
    if (from)
      matching = matching.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('c.lastActivityAt', 'c.id'), '<', tuple(from.at, from.id)),
      );
    return matching
      .orderBy('c.lastActivityAt', 'desc')
      .orderBy('c.id', 'desc')
      .limit(query.limit + 1)
      .execute();
  }

  async find(id: string): Promise<ConversationRow | null> {
    return (await this.conversations.where('c.id', '=', id).executeTakeFirst()) ?? null;
  }

  async update(id: string, data: Prisma.ConversationUncheckedUpdateManyInput): Promise<void> {
    await this.db.conversation.updateMany({ where: { ...this.mine, id }, data });
  }

  /** How much is unread. Until the transaction ends nothing arrives in the conversation: what does, waits for this lock. */
  async lock(id: string): Promise<{ unreadCount: number } | null> {
    const { orgId } = this.mine;
    const conversation = this.sql.selectFrom('conversations').where('orgId', '=', orgId).where('id', '=', id);
    return (await conversation.select('unreadCount').forNoKeyUpdate().executeTakeFirst()) ?? null;
  }

  /** Returns how many messages were unread. */
  async markRead(id: string): Promise<number> {
    const unread = { ...this.mine, conversationId: id, direction: 'in', isRead: false };
    const { count } = await this.db.message.updateMany({ where: unread, data: { isRead: true } });
    const counted = { ...this.mine, id, unreadCount: { not: 0 } };
    await this.db.conversation.updateMany({ where: counted, data: { unreadCount: 0 } });
    return count;
  }

  private matching(query: ListConversations) {
    const { unread, search } = query;
    let matching = this.conversations;
    for (const field of COMPARED) {
      const value = query[field];
      if (value !== undefined) matching = matching.where(`c.${field}`, '=', value);
    }
    if (unread !== undefined) matching = matching.where('c.unreadCount', unread ? '>' : '=', 0);
    if (search !== undefined)
      matching = matching.where(({ eb, or }) =>
        or(SEARCHED.map((column) => eb(column, 'ilike', `%${literal(search)}%`))),
      );
    return matching;
  }

  /**
   * One customer is looked up for each conversation shown. As a plain join Postgres, which takes both tables' organization for a
   * chance of its own, expects next to no rows, and sorts all conversations of the organization instead of reading the index.
   */
  private get conversations() {
    const { orgId } = this.mine;
    return this.sql
      .selectFrom('conversations as c')
      .innerJoinLateral(
        (from) =>
          from
            .selectFrom('customers')
            .where('orgId', '=', orgId)
            .whereRef('customers.id', '=', 'c.customerId')
            .select(['externalId', 'displayName', 'nickName', 'avatarUrl'])
            .limit(1)
            .as('p'),
        (join) => join.onTrue(),
      )
      .where('c.orgId', '=', orgId)
      .select(['c.id', 'c.orgId', 'c.platform', 'c.oaId', 'c.integrationId', 'c.chatbotId', 'c.customerId'])
      .select(['p.externalId', 'p.displayName', 'p.nickName', 'p.avatarUrl'])
      .select(['c.accountId', 'c.assigneeId', 'c.status', 'c.unreadCount', 'c.createdAt', 'c.updatedAt'])
      .select(['c.lastMessageText', 'c.lastMessageDirection', 'c.lastMessageCreatedAt', 'c.lastActivityAt']);
  }
}
