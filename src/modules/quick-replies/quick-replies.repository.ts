import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { QuickReplyModel } from '../../platform/database/generated/prisma/models.js';
import { literal } from '../../platform/database/like-pattern.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { ListQuickReplies } from './quick-replies.dto.js';

@Injectable()
export class QuickRepliesRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(query: ListQuickReplies): Promise<QuickReplyModel[]> {
    return this.db.quickReply.findMany({
      where: { ...this.mine, ...filters(query) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<QuickReplyModel | null> {
    return this.db.quickReply.findFirst({ where: { ...this.mine, id } });
  }

  create(data: Omit<Prisma.QuickReplyUncheckedCreateInput, 'orgId'>): Promise<QuickReplyModel> {
    return this.db.quickReply.create({ data: { ...data, ...this.mine } });
  }

  async update(id: string, data: Prisma.QuickReplyUpdateManyMutationInput): Promise<QuickReplyModel | undefined> {
    return (await this.db.quickReply.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  async remove(id: string): Promise<void> {
    await this.db.quickReply.deleteMany({ where: { ...this.mine, id } });
  }
}

function filters(query: ListQuickReplies): Prisma.QuickReplyWhereInput {
  const from = positionOf(query);
  const begins = { startsWith: literal(query.search ?? ''), mode: 'insensitive' as const };
  return {
    ...(query.search !== undefined && { OR: [{ shortcut: begins }, { text: begins }] }),
    ...olderThan(from),
  };
}
