import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

/** Takes in webhooks in Polydesk's place, and keeps their bytes. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  /** What the next ones are answered with; 200 once there are no more. */
  readonly statuses: number[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response) => {
      void bytesOf(request).then((bytes) => {
        this.received.push({ path: request.url ?? '', headers: request.headers, bytes });
        const challenge = new URL(request.url ?? '', 'http://here').searchParams.get('hub.challenge');
        response.writeHead(this.statuses.shift() ?? 200).end(challenge ?? 'EVENT_RECEIVED');
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookReceiver(server);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo; // It listens on TCP.
    return `http://127.0.0.1:${port}`;
  }

  /** What came since the last time. */
  take(): ReceivedWebhook[] {
    return this.received.splice(0);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
