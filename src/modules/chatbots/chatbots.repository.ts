import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { ChatbotModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { ListChatbots } from './chatbots.dto.js';

@Injectable()
export class ChatbotsRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(query: ListChatbots): Promise<ChatbotModel[]> {
    const from = positionOf(query);
    const older = olderThan(from);
    return this.db.chatbot.findMany({
      where: { ...this.mine, ...older },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<ChatbotModel | null> {
    return this.db.chatbot.findFirst({ where: { ...this.mine, id } });
  }

  create(data: Omit<Prisma.ChatbotUncheckedCreateInput, 'orgId'>): Promise<ChatbotModel> {
    return this.db.chatbot.create({ data: { ...data, ...this.mine } });
  }

  async update(id: string, data: Prisma.ChatbotUncheckedUpdateManyInput): Promise<ChatbotModel | undefined> {
    return (await this.db.chatbot.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  /** From here until the transaction ends nothing can begin to use it: a foreign key to it waits for this lock. */
  async lock(id: string): Promise<void> {
    const { orgId } = this.mine;
    const chatbots = this.sql.selectFrom('chatbots').where('orgId', '=', orgId).where('id', '=', id);
    await chatbots.forUpdate().select('id').execute();
  }

  /**
   * Takes it out of whatever uses it. Directly, although the tables are other modules': integrations stand beside us and may
   * not be imported, and clearing a reference to a row that goes is this row's business, not a decision of theirs.
   */
  async detach(chatbotId: string): Promise<void> {
    const using = { where: { ...this.mine, chatbotId }, data: { chatbotId: null } };
    await this.db.integration.updateMany(using);
    await this.db.conversation.updateMany(using);
  }

  async remove(id: string): Promise<void> {
    await this.db.chatbot.deleteMany({ where: { ...this.mine, id } });
  }
}
