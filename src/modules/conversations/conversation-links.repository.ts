import { Injectable } from '@nestjs/common';
import { OrgRepository } from '../../platform/database/org-repository.js';

/**
 * Whether a conversation may point at a user or chatbot. Asked of their tables directly: one module is not among our
 * neighbours, the other is to our right. The shared lock keeps the answer true until the transaction ends.
 */
@Injectable()
export class ConversationLinksRepository extends OrgRepository {
  async isActiveUser(id: string): Promise<boolean> {
    const { orgId } = this.mine;
    const user = this.sql.selectFrom('users').where('orgId', '=', orgId).where('id', '=', id);
    return (await user.where('isActive', '=', true).select('id').forShare().execute()).length > 0;
  }

  async isChatbot(id: string): Promise<boolean> {
    const { orgId } = this.mine;
    const chatbot = this.sql.selectFrom('chatbots').where('orgId', '=', orgId).where('id', '=', id);
    return (await chatbot.select('id').forShare().execute()).length > 0;
  }
}
