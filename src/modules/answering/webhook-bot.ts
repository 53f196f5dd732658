import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { messageOf } from '../../platform/errors/thrown.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import { AddressRefusedError, UnreachableError } from '../../platform/http/outbound/outbound.errors.js';
import { signed } from '../../platform/http/outbound/standard-webhooks.js';
import { AnsweringBotsService } from '../chatbots/answering-bots.service.js';
import type { MessageView } from '../messages/message.view.js';
import type { Outcome } from './outcome.js';
import type { ConfigOf, Turn } from './turn.js';

/** Somebody waits for an answer: it is tried three times, and not begun again after this long. */
const PAUSES_MS = [500, 2_000];
export const LAST_BEGIN_MS = 15_000;

/**
 * Tells a partner's system what the customer wrote, message by message; it answers through the API. At least once: where a
 * process dies on the way all are told again, under the same ids.
 */
@Injectable()
export class WebhookBot {
  constructor(
    private readonly bots: AnsweringBotsService,
    private readonly http: OutboundHttp,
  ) {}

  async answer(config: ConfigOf<'webhook'>, turn: Turn): Promise<Outcome> {
    const secret = await this.bots.secretOf(turn.bot.id);
    if (secret === null) return { answer: null, handoff: 'The chatbot has no signing secret' };
    for (const message of turn.unanswered) {
      const failure = await this.tell(config, secret, { ...turn, message });
      if (failure !== null) return { answer: null, handoff: `The chatbot could not be told: ${failure}` };
    }
    return { answer: null, handoff: null };
  }

  /** Why it was not taken, in words; null where it was. */
  private async tell(
    config: ConfigOf<'webhook'>,
    secret: string,
    { conversation, message }: Turn & { message: MessageView },
  ): Promise<string | null> {
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({ type: 'message.created', timestamp, data: { conversation, message } });
    const from = Date.now();
    for (let tries = 0; ; tries += 1) {
      const { isFinal, reason } = await this.post(config, body, signed(body, `msg_${message.id}`, [secret]));
      const pause = PAUSES_MS[tries];
      if (isFinal || pause === undefined || Date.now() - from > LAST_BEGIN_MS) return reason;
      await delay(pause);
    }
  }

  private async post(
    { url, timeoutMs }: ConfigOf<'webhook'>,
    body: string,
    headers: Record<string, string>,
  ): Promise<{ isFinal: boolean; reason: string | null }> {
    try {
      return toOutcome((await this.http.post(url, body, headers, { timeoutMs })).status);
    } catch (error) {
      if (error instanceof AddressRefusedError) return { isFinal: true, reason: error.message };
      if (error instanceof UnreachableError) return { isFinal: false, reason: messageOf(error) };
      throw error;
    }
  }
}

/** Only success is success; what may pass is worth another try. */
function toOutcome(status: number): { isFinal: boolean; reason: string | null } {
  if (status >= 200 && status <= 299) return { isFinal: true, reason: null };
  const mayPass = status >= 500 || status === 408 || status === 429;
  return { isFinal: !mayPass, reason: `its webhook answered with status ${status}` };
}
