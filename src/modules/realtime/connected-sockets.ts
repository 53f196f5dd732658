import { Injectable } from '@nestjs/common';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { AppError } from '../../platform/http/app-error.js';
import { metrics } from '../../platform/metrics/metrics.js';
import type { Recognized } from '../auth/credentials.js';
import type { NodeEvents } from './realtime-node.js';
import { rooms } from './rooms.js';

export type RealtimeSocket = Socket<DefaultEventsMap, DefaultEventsMap, NodeEvents, object>;

interface Connected {
  socket: RealtimeSocket;
  recognized: Recognized;
  /** The same for sockets of one credential that were let in with the same permissions. */
  credential: string;
}

/** The sockets of this node whose callers were let in. */
@Injectable()
export class ConnectedSockets {
  private readonly sockets = new Map<string, Connected>();
  /** How many each caller has, by the name of their room. */
  private readonly counts = new Map<string, number>();

  add(socket: RealtimeSocket, recognized: Recognized): void {
    this.sockets.set(socket.id, { socket, recognized, credential: credentialOf(recognized) });
    this.count(recognized, 1);
  }

  get({ id }: RealtimeSocket): Recognized | undefined {
    return this.sockets.get(id)?.recognized;
  }

  /** False where it was removed before. */
  remove({ id }: RealtimeSocket): boolean {
    const known = this.sockets.get(id);
    if (!known) return false;
    this.sockets.delete(id);
    this.count(known.recognized, -1);
    return true;
  }

  countOf({ caller }: Recognized): number {
    return this.counts.get(rooms.caller(caller)) ?? 0;
  }

  /** Each credential once. */
  distinct(): Recognized[] {
    const distinct = new Map([...this.sockets.values()].map(({ credential, recognized }) => [credential, recognized]));
    return [...distinct.values()];
  }

  /** Ends every socket of these credentials, and says why. Their clients do not come again by themselves. */
  end(refused: ReadonlyMap<Recognized, AppError>): void {
    const errors = new Map([...refused].map(([recognized, error]) => [credentialOf(recognized), error]));
    for (const { socket, credential } of [...this.sockets.values()]) {
      const error = errors.get(credential);
      if (error) endSocket(socket, error);
    }
  }

  private count({ caller }: Recognized, difference: 1 | -1): void {
    const name = rooms.caller(caller);
    const count = (this.counts.get(name) ?? 0) + difference;
    if (count === 0) this.counts.delete(name);
    else this.counts.set(name, count);
    metrics.countSocket(difference);
  }
}

export function endSocket(socket: RealtimeSocket, { code, message }: AppError): void {
  socket.emit('session.ended', { code, message });
  socket.disconnect(true);
}

function credentialOf({ caller, apiKey }: Recognized): string {
  const { permissions, role } = caller.actor;
  return `${apiKey ?? rooms.caller(caller)} ${role} ${[...permissions].join()}`;
}
