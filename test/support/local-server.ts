import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server of the test's own, on a free port of this machine. */
export class LocalServer {
  private constructor(private readonly server: Server) {}

  static async start(listener: RequestListener): Promise<LocalServer> {
    const server = createServer(listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new LocalServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port; // Listening on a port, not on a pipe.
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends the connections as well. Calling it again does no harm. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
