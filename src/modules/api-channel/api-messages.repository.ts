import { Injectable } from '@nestjs/common';
import { OrgRepository } from '../../platform/database/org-repository.js';

/** One of our messages, as a partner can name it. */
export interface SentMessage {
  id: string;
  /** Null while nobody has taken it. */
  providerMessageId: string | null;
  customerExternalId: string;
}

/** By our id, or by the partner's own. */
export type MessageName = { id: string } | { providerMessageId: string };

/** Messages of partners' own channels. */
@Injectable()
export class ApiMessagesRepository extends OrgRepository {
  /** The id of a message that came in under a partner's id. */
  async findReceived(oaId: string, providerMessageId: string): Promise<string | null> {
    const where = { ...this.mine, platform: 'api', oaId, providerMessageId };
    return (await this.db.message.findFirst({ where, select: { id: true } }))?.id ?? null;
  }

  async findSent(oaId: string, name: MessageName): Promise<SentMessage | null> {
    const { orgId } = this.mine;
    const [column, value] =
      'id' in name ? (['m.id', name.id] as const) : (['m.providerMessageId', name.providerMessageId] as const);
    const sent = await this.sql
      .selectFrom('messages as m')
      .innerJoin('conversations as c', 'c.id', 'm.conversationId')
      .innerJoin('customers as u', 'u.id', 'c.customerId')
      .where('m.orgId', '=', orgId)
      .where('c.orgId', '=', orgId)
      .where('u.orgId', '=', orgId)
      .where('m.platform', '=', 'api')
      .where('m.oaId', '=', oaId)
      .where('m.direction', '=', 'out')
      .where(column, '=', value)
      .select(['m.id', 'm.providerMessageId', 'u.externalId as customerExternalId'])
      .executeTakeFirst();
    return sent ?? null;
  }
}
