import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LocalServer } from './local-server.js';

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

  private constructor(private readonly server: LocalServer) {}

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(
      await LocalServer.start((request, response) => void receiver.receive(request, response)),
    );
    return receiver;
  }

  get url(): string {
    return this.server.url;
  }

  /** What came since the last time. */
  take(): ReceivedWebhook[] {
    return this.received.splice(0);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path = '', headers } = request;
    this.received.push({ path, headers, bytes: await buffer(request) });
    const challenge = new URL(path, 'http://here').searchParams.get('hub.challenge');
    response.writeHead(this.statuses.shift() ?? 200).end(challenge ?? 'EVENT_RECEIVED');
  }
}
