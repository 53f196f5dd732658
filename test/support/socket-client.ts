import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { Client } from './client.js';

const PATIENCE_MS = 10_000;

export interface Answer {
  ok: boolean;
  data?: unknown;
  error?: { code: string; message: string; details?: object[] };
}

/** What a socket heard. */
export interface Heard {
  event: string;
  /** Whatever the server said. */
  content: ReturnType<typeof JSON.parse>[];
}

/** What a connection presents, and how it comes. */
export interface Presenting {
  auth?: object;
  headers?: Record<string, string>;
  transports?: string[];
}

/** One socket of a front-end. */
export class SocketClient {
  readonly heard: Heard[] = [];
  private readonly listeners = new Set<() => void>();
  /** Why the server or the line ended it. */
  readonly ended: Promise<string>;

  private constructor(readonly socket: Socket) {
    socket.onAny((event: string, ...content: unknown[]) => this.note({ event, content }));
    this.ended = new Promise((resolve) => socket.on('disconnect', resolve));
  }

  /** Throws with the server's error code where it is refused. */
  static async connect(url: string, { auth, headers, transports = ['websocket'] }: Presenting): Promise<SocketClient> {
    const options = { forceNew: true, reconnection: false, transports };
    const socket = io(url, { ...options, ...(auth && { auth }), ...(headers && { extraHeaders: headers }) });
    const client = new SocketClient(socket);
    return new Promise((resolve, reject) => {
      socket.on('connect', () => resolve(client));
      socket.on('connect_error', (error) => {
        socket.disconnect();
        reject(Object.assign(error, { code: 'data' in error ? Object(error.data).code : 'no code' }));
      });
    });
  }

  /** With a client's credential, as a browser presents it. */
  static as({ headers, url }: Client, at = url): Promise<SocketClient> {
    const { authorization, 'x-api-key': apiKey } = headers;
    const auth = apiKey === undefined ? { token: authorization?.replace('Bearer ', '') } : { apiKey };
    return SocketClient.connect(at, { auth });
  }

  /** Emits, and waits for the acknowledgement. */
  ask(event: string, ...content: unknown[]): Promise<Answer> {
    return this.socket.timeout(PATIENCE_MS).emitWithAck(event, ...content);
  }

  /** The first event of that name that fits, heard before or from now on. */
  async hears(event: string, fits: (content: Heard['content'][0]) => boolean = () => true): Promise<Heard> {
    const limit = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.heard.find((one) => one.event === event && fits(one.content[0]));
      if (found) return found;
      if (Date.now() > limit) throw new Error(`Never heard ${event}, but ${JSON.stringify(this.heard)}`);
      await this.moreOr(limit - Date.now());
    }
  }

  /** The names of what was heard. */
  get events(): string[] {
    return this.heard.map(({ event }) => event);
  }

  close(): void {
    this.socket.disconnect();
  }

  private note(heard: Heard): void {
    this.heard.push(heard);
    for (const listener of this.listeners) listener();
  }

  private moreOr(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.listeners.add(done);
    });
  }
}
