import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/http/app-error.js';
import { toAppError } from '../../platform/http/error.filter.js';
import { logger } from '../../platform/logging/logger.js';
import { tokenExpired } from '../auth/access-tokens.js';
import type { Recognized } from '../auth/credentials.js';
import { ClientEvents } from './client-events.js';
import { endSocket } from './connected-sockets.js';
import type { RealtimeSocket } from './connected-sockets.js';
import { EventRate } from './event-rate.js';
import { Typing } from './typing.js';

/** The longest that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

type Answer = (answer: object) => void;

/** Hears what a socket that was let in says, answers, and ends it with its access token. */
@Injectable()
export class Conversing {
  constructor(
    private readonly clientEvents: ClientEvents,
    private readonly typing: Typing,
  ) {}

  begin(socket: RealtimeSocket, recognized: Recognized): void {
    const rate = new EventRate();
    const expiry = expiryOf(socket, recognized);
    socket.onAny((event: string, ...content: unknown[]) => void this.hear(socket, recognized, rate, event, content));
    socket.on('disconnect', () => {
      clearTimeout(expiry);
      this.typing.stopAll(socket, recognized.caller);
    });
  }

  private async hear(
    socket: RealtimeSocket,
    { caller }: Recognized,
    rate: EventRate,
    event: string,
    content: unknown[],
  ): Promise<void> {
    const last = content.at(-1);
    const answer: Answer = isAnswer(last) ? last : () => undefined;
    const [payload, ...more] = isAnswer(last) ? content.slice(0, -1) : content;
    try {
      const speed = rate.note();
      if (speed === 'abuse') return void socket.disconnect(true);
      if (speed === 'too fast') throw AppError.rateLimited(1);
      if (more.length > 0) throw new AppError('invalid', 422, 'An event has one object, and an acknowledgement');
      answer({ ok: true, ...(await this.clientEvents.handle(event, { socket, caller, payload })) });
    } catch (error) {
      answer(failureOf(error));
    }
  }
}

function expiryOf(socket: RealtimeSocket, { endsAt }: Recognized): NodeJS.Timeout | undefined {
  if (endsAt === null) return undefined;
  const left = Math.min(endsAt - Date.now(), LONGEST_MS);
  return setTimeout(() => endSocket(socket, tokenExpired()), left).unref();
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'function';
}

function failureOf(error: unknown): object {
  const { code, message, details, status } = toAppError(error);
  if (status >= 500) logger.error({ err: error }, message);
  return { ok: false, error: { code, message, ...(details && { details }) } };
}
