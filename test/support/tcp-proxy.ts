import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Transform } from 'node:stream';

/** What happens to bytes between the two ends. */
type Weather = 'clear' | 'cut' | 'blackhole';

/** Stands between a client and a server, and spoils the line as told. */
export class TcpProxy {
  private weather: Weather = 'clear';
  private delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {}

  static async to(host: string, port: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, { host, port });
    server.on('connection', (socket) => proxy.accept(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port; // It listens on TCP.
  }

  /** Breaks every connection, and refuses new ones. */
  cut(): void {
    this.weather = 'cut';
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Nothing arrives any more, on either side, and nobody is told. */
  blackhole(): void {
    this.weather = 'blackhole';
  }

  /** Every answer takes so much longer. */
  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** As at the start. What was lost stays lost. */
  heal(): void {
    this.weather = 'clear';
    this.delayMs = 0;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    if (this.weather === 'cut') return void client.resetAndDestroy();
    const server = connect(this.target);
    this.join(client, server, () => 0);
    this.join(server, client, () => this.delayMs);
  }

  /** What one says the other hears, also that it has finished. */
  private join(from: Socket, to: Socket, delayMs: () => number): void {
    from.setNoDelay();
    this.sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => this.sockets.delete(from));
    from.pipe(this.line(delayMs)).pipe(to);
  }

  private line(delayMs: () => number): Transform {
    return new Transform({
      transform: (chunk, _encoding, done) => {
        if (this.weather === 'blackhole') done();
        else setTimeout(() => done(null, chunk), delayMs());
      },
    });
  }
}
