import { Injectable } from '@nestjs/common';
import type { RawBuilder } from 'kysely';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import { literal } from '../../platform/database/like-pattern.js';
import type { Sql } from '../../platform/database/kysely-driver.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { positionOf } from '../../platform/http/pagination.js';
import type { ConversationRow } from './conversation.view.js';
import type { ListConversations } from './conversations.dto.js';

const COMPARED = ['status', 'platform', 'oaId', 'integrationId', 'assigneeId', 'chatbotId'] as const;
type Compared = Partial<Record<(typeof COMPARED)[number], string>>;
const SEARCHED = ['p.displayName', 'p.nickName', 'p.externalId', 'c.lastMessageText'] as const;

export interface LockedConversation {
  unreadCount: number;
  status: string;
  chatbotId: string | null;
}

@Injectable()
export class ConversationsRepository extends OrgRepository {
  /** Newest activity first, one row more than the limit. */
  list({ limit, unread, search, cursor, ...compared }: ListConversations): Promise<ConversationRow[]> {
    const pattern = search === undefined ? undefined : `%${literal(search)}%`;
    const isUnread = unread === undefined ? {} : { [unread ? 'moreThan' : 'exactly']: 0 };
    const from = positionOf({ cursor });
    return this.rows(page, { ...this.mine, ...compared, ...isUnread, pattern, ...from, rows: limit + 1 });
  }

  async find(id: string): Promise<ConversationRow | null> {
    return (await this.rows(one, { ...this.mine, id }))[0] ?? null;
  }

  async update(id: string, data: Prisma.ConversationUncheckedUpdateManyInput): Promise<void> {
    await this.db.conversation.updateMany({ where: { ...this.mine, id }, data });
  }

  /** What others may change meanwhile. Until the transaction ends nothing arrives in the conversation: it waits for this lock. */
  async lock(id: string): Promise<LockedConversation | null> {
    const { orgId } = this.mine;
    const conversation = this.sql.selectFrom('conversations').where('orgId', '=', orgId).where('id', '=', id);
    return (
      (await conversation.select(['unreadCount', 'status', 'chatbotId']).forNoKeyUpdate().executeTakeFirst()) ?? null
    );
  }

  /** What a chatbot begins with: since when it has the conversation, and up to where it has nothing to answer. */
  async beginning(id: string): Promise<{ botSince: Date; botAnsweredId: string | null }> {
    const last = await this.db.message.findFirst({
      where: { ...this.mine, conversationId: id, direction: 'in' },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      select: { id: true },
    });
    return { botSince: new Date(), botAnsweredId: last?.id ?? null };
  }

  /** Returns how many messages were unread. */
  async markRead(id: string): Promise<number> {
    const unread = { ...this.mine, conversationId: id, direction: 'in', isRead: false };
    const { count } = await this.db.message.updateMany({ where: unread, data: { isRead: true } });
    const counted = { ...this.mine, id, unreadCount: { not: 0 } };
    await this.db.conversation.updateMany({ where: counted, data: { unreadCount: 0 } });
    return count;
  }
}

interface Page extends Compared {
  orgId: string;
  labelId?: string;
  /** How many messages are unread: */
  moreThan?: number;
  exactly?: number;
  pattern?: string;
  /** Where the page before ended. */
  at?: string;
  id?: string;
  rows: number;
}

const page = new PreparedStatement((sql, { orgId, rows, ...value }: Places<Page>) => {
  let matching = conversations(sql, orgId);
  for (const field of COMPARED) {
    const place = value[field];
    if (place) matching = matching.where(`c.${field}`, '=', place);
  }
  const { labelId, moreThan, exactly, pattern, at, id } = value;
  if (labelId)
    matching = matching.where(({ exists, selectFrom }) => {
      const worn = selectFrom('conversationLabels as l').where('l.orgId', '=', orgId).where('l.labelId', '=', labelId);
      return exists(worn.whereRef('l.conversationId', '=', 'c.id').select('l.labelId'));
    });
  if (moreThan) matching = matching.where('c.unreadCount', '>', moreThan);
  if (exactly) matching = matching.where('c.unreadCount', '=', exactly);
  if (pattern) matching = matching.where(({ eb, or }) => or(SEARCHED.map((column) => eb(column, 'ilike', pattern))));
  if (at && id)
    matching = matching.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('c.lastActivityAt', 'c.id'), '<', tuple(at, id)),
    );
  return matching.orderBy('c.lastActivityAt', 'desc').orderBy('c.id', 'desc').limit(rows);
});

const one = new PreparedStatement((sql, { orgId, id }: Places<{ orgId: string; id: string }>) =>
  conversations(sql, orgId).where('c.id', '=', id),
);

/**
 * One customer is looked up for each conversation shown. As a plain join Postgres, which takes both tables' organization for a
 * chance of its own, expects next to no rows, and sorts all conversations of the organization instead of reading the index.
 */
function conversations(sql: Sql, orgId: RawBuilder<string>) {
  return sql
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
