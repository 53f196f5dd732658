import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { messageOf } from '../../platform/errors/thrown.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { logger } from '../../platform/logging/logger.js';
import { ConversationUpdated } from '../conversations/conversation.events.js';
import { MessagesService } from '../messages/messages.service.js';
import { answering } from './answering-jobs.js';
import { AnsweringRepository } from './answering.repository.js';
import { ModelBot } from './model-bot.js';
import type { Outcome } from './outcome.js';
import { decide } from './rules.js';
import type { Turn } from './turn.js';
import { Turns } from './turns.js';
import { LAST_BEGIN_MS, WebhookBot } from './webhook-bot.js';

/** For what Postgres is asked beside. */
const MARGIN_MS = 10_000;

/** Lets chatbots answer. Each customer's message is answered once, or left to people, however often this is asked for. */
@Injectable()
export class AnsweringService {
  constructor(
    private readonly turns: Turns,
    private readonly answering: AnsweringRepository,
    private readonly webhooks: WebhookBot,
    private readonly models: ModelBot,
    private readonly messages: MessagesService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async answer(conversationId: string): Promise<void> {
    for (let turn = await this.turns.find(conversationId); turn; turn = await this.turns.find(conversationId)) {
      const { bot, busyUntil } = turn;
      // Whoever is at it looks again when they are through; unless they have died.
      if (busyUntil && busyUntil > new Date()) return this.database.send(answering(conversationId, busyUntil));
      await OrgContext.runAsSystem(OrgContext.orgId, `chatbot ${bot.name}`, () => this.take(turn));
    }
  }

  private async take(turn: Turn): Promise<void> {
    const until = new Date(Date.now() + longest(turn));
    if (!(await this.answering.claim(turn, until))) return;
    const outcome = await this.outcomeOf(turn);
    if (!(await this.conclude(turn, outcome))) await this.answering.release(turn, until);
  }

  /** False where it was not its turn any more, and this came to nothing. */
  private conclude(turn: Turn, outcome: Outcome): Promise<boolean> {
    return this.database.transaction(async () => {
      if (!(await this.end(turn, outcome))) return false;
      if (outcome.answer) await this.say(turn, outcome.answer);
      if (outcome.handoff !== null) await this.events.publish(handedOver(turn, outcome.handoff));
      return true;
    });
  }

  /** A defect of a chatbot is no reason to let its customer wait. Where the database is away, the end says so and all is tried again. */
  private async outcomeOf(turn: Turn): Promise<Outcome> {
    if (!turn.bot.isActive) return { answer: null, handoff: 'The chatbot is switched off' };
    try {
      return await this.ask(turn);
    } catch (error) {
      logger.warn({ chatbotId: turn.bot.id, reason: messageOf(error) }, 'A chatbot failed');
      return { answer: null, handoff: 'The chatbot failed' };
    }
  }

  private async ask(turn: Turn): Promise<Outcome> {
    const { manner } = turn.bot;
    switch (manner.type) {
      case 'rules':
        return decide(manner.config, { text: wordsOf(turn), isFirst: turn.isFirst, at: new Date() });
      case 'webhook':
        return this.webhooks.answer(manner.config, turn);
      case 'model':
        return this.models.answer(manner.config, turn);
    }
  }

  private end({ bot, conversation, unanswered, answeredId }: Turn, { handoff }: Outcome): Promise<boolean> {
    const to = unanswered.at(-1)?.id ?? answeredId;
    const isHandedOver = handoff !== null;
    return this.answering.end({
      conversationId: conversation.id,
      chatbotId: bot.id,
      ...{ from: answeredId, to, isHandedOver },
    });
  }

  private async say(
    { bot, conversation }: Turn,
    { text, quickReplies }: NonNullable<Outcome['answer']>,
  ): Promise<void> {
    const buttons = quickReplies.length > 0 ? { quickReplies } : {};
    const sender = { senderId: bot.id, senderType: 'chatbot', accountId: null } as const;
    await this.messages.sendAs(sender, conversation.id, { text, ...buttons });
  }
}

/** How long a chatbot may be at it, in milliseconds. */
function longest({ bot: { manner }, unanswered }: Turn): number {
  switch (manner.type) {
    case 'rules':
      return MARGIN_MS;
    case 'webhook':
      return unanswered.length * (LAST_BEGIN_MS + manner.config.timeoutMs) + MARGIN_MS;
    case 'model':
      return manner.config.timeoutMs + MARGIN_MS;
  }
}

/** What the customer said since the last answer, as if it were one message. */
function wordsOf({ unanswered }: Turn): string {
  return unanswered.map(({ text }) => text ?? '').join('\n');
}

/** The reason is for the people who take over. */
function handedOver({ conversation }: Turn, handoffReason: string): ConversationUpdated {
  const changes = changesBetween({ status: 'pending' }, { status: 'open', handoffReason });
  return new ConversationUpdated(conversation.id, changes);
}
