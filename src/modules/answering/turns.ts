import { Injectable } from '@nestjs/common';
import { AnsweringBotsService } from '../chatbots/answering-bots.service.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import type { MessageView } from '../messages/message.view.js';
import { MessagesService } from '../messages/messages.service.js';
import { AnsweringRepository } from './answering.repository.js';
import type { BotsConversation } from './answering.repository.js';
import type { Turn } from './turn.js';

/** As many as there are in a page; of more than that a chatbot knows nothing. */
const NEWEST = 100;

/** Finds out where it is a chatbot's turn. */
@Injectable()
export class Turns {
  constructor(
    private readonly answering: AnsweringRepository,
    private readonly bots: AnsweringBotsService,
    private readonly conversations: ConversationsService,
    private readonly messages: MessagesService,
  ) {}

  /** Whether a chatbot has the conversation. */
  async isAny(conversationId: string): Promise<boolean> {
    return (await this.answering.find(conversationId)) !== null;
  }

  /** Null where no chatbot has the conversation, or nothing in it waits for an answer. */
  async find(conversationId: string): Promise<Turn | null> {
    const taken = await this.answering.find(conversationId);
    const bot = taken && (await this.bots.find(taken.chatbotId));
    if (!bot) return null;
    const { items } = await this.messages.list(conversationId, { limit: NEWEST });
    const messages = items.toReversed();
    const unanswered = messages.filter(isUnanswered(taken)).toSorted(byId);
    if (unanswered.length === 0) return null;
    const [conversation, isFirst] = [await this.conversations.get(conversationId), !messages.some(isSaid(taken))];
    return { bot, conversation, messages, unanswered, isFirst, ...positionOf(taken) };
  }
}

function positionOf({ botAnsweredId: answeredId, botBusyUntil: busyUntil }: BotsConversation) {
  return { answeredId, busyUntil };
}

/** Ids are made when messages come, and in that order; providers' own times may lie before. */
function isUnanswered({ botAnsweredId }: BotsConversation) {
  return ({ direction, id }: MessageView) => direction === 'in' && (botAnsweredId === null || id > botAnsweredId);
}

/** What a chatbot said since it has the conversation. */
function isSaid({ botSince }: BotsConversation) {
  const since = botSince?.toISOString() ?? '';
  return ({ senderType, createdAt }: MessageView) => senderType === 'chatbot' && createdAt >= since;
}

function byId(one: MessageView, other: MessageView): number {
  return one.id < other.id ? -1 : 1;
}
