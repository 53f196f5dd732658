import { Injectable } from '@nestjs/common';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { Turn } from './turn.js';

/** A conversation that a chatbot has. */
export interface BotsConversation {
  chatbotId: string;
  botSince: Date | null;
  botAnsweredId: string | null;
  botBusyUntil: Date | null;
}

/** How a turn ends. */
export interface TurnEnd {
  conversationId: string;
  chatbotId: string;
  /** Up to where the chatbot had answered, and has now. */
  from: string | null;
  to: string | null;
  isHandedOver: boolean;
}

@Injectable()
export class AnsweringRepository extends OrgRepository {
  /** Null where people have the conversation, or nobody does. */
  async find(id: string): Promise<BotsConversation | null> {
    const row = await this.db.conversation.findFirst({
      where: { ...this.mine, id, status: 'pending', chatbotId: { not: null } },
      select: { chatbotId: true, botSince: true, botAnsweredId: true, botBusyUntil: true },
    });
    return row?.chatbotId ? { ...row, chatbotId: row.chatbotId } : null;
  }

  /** Nobody else asks the chatbot until then, or until the turn ends. False where somebody does, or it is not its turn any more. */
  async claim({ bot, conversation: { id }, answeredId }: Turn, until: Date): Promise<boolean> {
    const isFree = { OR: [{ botBusyUntil: null }, { botBusyUntil: { lte: new Date() } }] };
    // Where it was answered since the turn was read, the turn tells the chatbot the same again.
    const { count } = await this.db.conversation.updateMany({
      where: { ...this.mine, id, status: 'pending', chatbotId: bot.id, botAnsweredId: answeredId, ...isFree },
      data: { botBusyUntil: until },
    });
    return count > 0;
  }

  /** A turn that came to nothing. */
  async release({ conversation: { id } }: Turn, botBusyUntil: Date): Promise<void> {
    await this.db.conversation.updateMany({ where: { ...this.mine, id, botBusyUntil }, data: { botBusyUntil: null } });
  }

  /** Until the transaction ends nobody else writes in the conversation. False, and nothing done, where it was somebody else's turn. */
  async end({ conversationId, chatbotId, from, to, isHandedOver }: TurnEnd): Promise<boolean> {
    const { count } = await this.db.conversation.updateMany({
      where: { ...this.mine, id: conversationId, status: 'pending', chatbotId, botAnsweredId: from },
      data: { botAnsweredId: to, botBusyUntil: null, ...(isHandedOver && { status: 'open' }) },
    });
    return count > 0;
  }
}
