import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AppError } from '../../platform/http/app-error.js';
import { toAppError } from '../../platform/http/error.filter.js';
import { logger } from '../../platform/logging/logger.js';
import { metrics } from '../../platform/metrics/metrics.js';
import { Credentials } from '../auth/credentials.js';
import type { Presented, Recognized } from '../auth/credentials.js';
import { RequestLimits } from '../auth/request-limits.js';
import { Standings } from '../auth/standings.js';
import { ConnectedSockets } from './connected-sockets.js';
import type { RealtimeSocket } from './connected-sockets.js';
import { Conversing } from './conversing.js';
import { Presence } from './presence.js';
import { RealtimeNode } from './realtime-node.js';
import { roomsOf } from './rooms.js';

/** Of one caller, on one node. */
const MOST_SOCKETS = 30;

/** Lets sockets in: the first wall, for connections. */
@Injectable()
export class Admission implements OnModuleInit {
  constructor(
    private readonly node: RealtimeNode,
    private readonly credentials: Credentials,
    private readonly standings: Standings,
    private readonly limits: RequestLimits,
    private readonly sockets: ConnectedSockets,
    private readonly presence: Presence,
    private readonly conversing: Conversing,
  ) {}

  onModuleInit(): void {
    this.node.io.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => next(refusal(error, socket)),
      );
    });
    this.node.io.on('connection', (socket) => this.welcome(socket));
  }

  /** A socket counts as a request. What is remembered of a caller is not enough for one who stays. */
  private async admit(socket: RealtimeSocket): Promise<void> {
    const recognized = await this.credentials.recognize(presentedBy(socket));
    const { caller } = recognized;
    await this.limits.count(caller, { headers: () => undefined });
    const refusal = (await this.standings.refusals([recognized])).get(recognized);
    if (refusal) throw refusal;
    if (!roomsOf(caller)) throw AppError.forbidden();
    if (this.sockets.countOf(recognized) >= MOST_SOCKETS)
      throw new AppError('too_many', 429, `A caller has at most ${MOST_SOCKETS} sockets: close some`);
    this.enter(socket, recognized);
    await this.presence.enter(caller);
  }

  /** Whatever ends first, the socket or the connection that it may not even be accepted on. */
  private enter(socket: RealtimeSocket, recognized: Recognized): void {
    if (socket.conn.readyState !== 'open') throw AppError.unauthenticated('The connection was closed');
    this.sockets.add(socket, recognized);
    const leave = () => {
      if (this.sockets.remove(socket)) this.presence.leave(recognized.caller);
    };
    socket.once('disconnect', leave);
    socket.conn.once('close', leave);
  }

  private welcome(socket: RealtimeSocket): void {
    const recognized = this.sockets.get(socket);
    if (!recognized) return void socket.disconnect(true);
    void socket.join(roomsOf(recognized.caller) ?? []);
    this.conversing.begin(socket, recognized);
  }
}

function presentedBy({ handshake }: RealtimeSocket): Presented {
  const auth = new Map<string, unknown>(Object.entries(handshake.auth));
  const { authorization, 'x-api-key': apiKeyHeader } = handshake.headers;
  const [token, apiKey] = [auth.get('token') ?? undefined, auth.get('apiKey') ?? undefined];
  return { token, apiKey, authorization, apiKeyHeader };
}

/** As the client has it: in `connect_error`, with our code in `data`. */
function refusal(error: unknown, { handshake }: RealtimeSocket): Error {
  const { code, message, status } = toAppError(error);
  if (status >= 500) logger.error({ err: error }, message);
  if (status === 401 || status === 403) {
    metrics.countRefusal(code);
    logger.warn({ reason: code, route: '/socket.io', ip: handshake.address }, 'authorization refused');
  }
  return Object.assign(new Error(message), { data: { code, message } });
}
