import { Injectable } from '@nestjs/common';
import { messageOf } from '../../platform/errors/thrown.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import type { OutboundAnswer } from '../../platform/http/outbound/outbound-http.js';
import { AddressRefusedError, UnreachableError } from '../../platform/http/outbound/outbound.errors.js';
import { AnsweringBotsService } from '../chatbots/answering-bots.service.js';
import { UnusableAnswerError, readCompletion, tokensOf } from './model-answer.js';
import { requestFor } from './model-request.js';
import type { Outcome } from './outcome.js';
import type { ConfigOf, Turn } from './turn.js';

/** Lets a language model answer. Whatever goes wrong with it, people take over. */
@Injectable()
export class ModelBot {
  constructor(
    private readonly bots: AnsweringBotsService,
    private readonly http: OutboundHttp,
  ) {}

  async answer(config: ConfigOf<'model'>, { bot, messages }: Turn): Promise<Outcome> {
    if (await this.isSpent(config, bot.id)) return handoff('The chatbot has used all tokens of its day');
    const request = JSON.stringify(requestFor(config, messages));
    try {
      const { text, handoffReason } = readCompletion(await this.complete(config, bot.id, request));
      return { answer: text === null ? null : { text, quickReplies: [] }, handoff: handoffReason };
    } catch (error) {
      if (isTheirs(error)) return handoff(messageOf(error));
      throw error;
    }
  }

  private async isSpent({ tokenBudgetPerDay }: ConfigOf<'model'>, botId: string): Promise<boolean> {
    return tokenBudgetPerDay !== undefined && (await this.bots.spentToday(botId)) >= tokenBudgetPerDay;
  }

  private async complete(config: ConfigOf<'model'>, botId: string, request: string): Promise<string> {
    const url = `${config.endpoint.replace(/\/+$/, '')}/chat/completions`;
    const { status, text } = await this.http.post(url, request, await this.headers(botId), config);
    assertSuccess(status);
    await this.bots.spend(botId, tokensOf(request, text));
    return text;
  }

  private async headers(botId: string): Promise<Record<string, string>> {
    const key = await this.bots.secretOf(botId);
    return { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) };
  }
}

function assertSuccess(status: OutboundAnswer['status']): void {
  if (status < 200 || status > 299)
    throw new UnusableAnswerError(`The model's endpoint answered with status ${status}`);
}

function handoff(reason: string): Outcome {
  return { answer: null, handoff: reason };
}

function isTheirs(error: unknown): boolean {
  return (
    error instanceof UnusableAnswerError || error instanceof UnreachableError || error instanceof AddressRefusedError
  );
}
