import type { IncomingMessage } from 'node:http';
import { Server as HttpServer } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createAdapter } from '@socket.io/postgres-adapter';
import { Server } from 'socket.io';
import type { DefaultEventsMap } from 'socket.io';
import { Config } from '../../platform/config/config.js';
import { DatabaseConnections } from '../../platform/database/database-connections.js';
import { logger } from '../../platform/logging/logger.js';
import { AdapterPool } from './adapter-pool.js';
import type { BoardMessage } from './board.js';
import type { Delivery } from './announcer.js';

/** No event of a client holds more than an id and a flag; a token is about 1 KB. */
const LARGEST_EVENT_BYTES = 8 * 1024;
/** Time for a new connection to say who it is. */
const SIGN_IN_TIMEOUT_MS = 10_000;
/** Notifications are shorter than 8,000 bytes; what is longer goes through a table. Source: PostgreSQL, "NOTIFY". */
const NOTIFICATION_BYTES = 7_900;

/** What nodes tell each other. */
export interface NodeEvents {
  deliver: (delivery: Delivery) => void;
  board: (message: BoardMessage) => void;
  /** As `board`, and wants to know when it was heard. */
  arrived: (message: BoardMessage, heard: () => void) => void;
  /** Somebody's standing has changed. */
  standing: () => void;
}

/** Each event's content is whatever its sender gives; `Announcer` and docs/realtime.md have the shapes. */
interface ServerEvents {
  [event: string]: (...content: unknown[]) => void;
}
export type RealtimeServer = Server<DefaultEventsMap, ServerEvents, NodeEvents, object>;

/** Socket.IO beside the HTTP server, joined with the other nodes through Postgres. */
@Injectable()
export class RealtimeNode implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly io: RealtimeServer;
  private pool: AdapterPool | null = null;
  private isClosing = false;
  private readonly gapListeners: (() => void)[] = [];

  constructor(
    private readonly config: Config,
    private readonly connections: DatabaseConnections,
    private readonly host: HttpAdapterHost,
  ) {
    this.io = new Server({
      cors: { origin: config.settings.CORS_ORIGINS, credentials: true },
      serveClient: false,
      maxHttpBufferSize: LARGEST_EVENT_BYTES,
      connectTimeout: SIGN_IN_TIMEOUT_MS,
      allowRequest: (_request: IncomingMessage, answer) => answer(null, !this.isClosing),
    });
  }

  /** Where nothing listens and no jobs are done, as for most commands, there is nobody to tell anything. */
  onApplicationBootstrap(): void {
    const server: unknown = this.host.httpAdapter?.getHttpServer();
    if (server instanceof HttpServer) {
      this.io.attach(server);
      server.once('listening', () => this.join());
    }
    if (this.config.settings.RUN_JOBS) this.join();
  }

  /** Before HTTP closes: it would wait for every socket. Clients come again, to another node. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await this.io.of('/').adapter.close();
    if (this.io.httpServer) this.io.engine.close();
    await this.pool?.close();
  }

  /** Whether other nodes are there. */
  async others(): Promise<number> {
    return (await this.io.of('/').adapter.serverCount()) - 1;
  }

  /** Hears that for a while nothing was heard from other nodes. */
  onGap(listener: () => void): void {
    this.gapListeners.push(listener);
  }

  private join(): void {
    if (this.pool || this.isClosing) return;
    if (!this.connections.canListen)
      return logger.warn(
        'Sockets hear of this node alone: name Postgres itself in DATABASE_DIRECT_URL, past the pooler',
      );
    this.pool = new AdapterPool(this.connections.sessionOptions('polydesk_system', 2), () =>
      this.gapListeners.forEach((listener) => listener()),
    );
    const errorHandler = (error: Error) => logger.warn({ err: error }, 'Other nodes could not be told of an event');
    this.io.adapter(createAdapter(this.pool, { payloadThreshold: NOTIFICATION_BYTES, errorHandler }));
  }
}
