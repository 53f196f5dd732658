import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** What a partner was sent. */
export interface Told {
  path: string;
  headers: Record<string, string>;
  raw: string;
  body: { type: string; timestamp: string; data: Record<string, unknown> };
}

export type Reply = (told: Told, response: ServerResponse) => void;

export const answer =
  (status: number, headers: Record<string, string> = {}, body: object = {}): Reply =>
  (_, response) =>
    void response.writeHead(status, headers).end(JSON.stringify(body));

/** A partner's system, over real HTTP: it keeps what it is told, and answers as `replies` says by path; otherwise 200. */
export class PartnerServer {
  readonly told: Told[] = [];
  readonly replies = new Map<string, Reply>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<PartnerServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // Listening on a port, not on a pipe.
    const partner = new PartnerServer(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => void partner.take(request, response));
    return partner;
  }

  /** What was sent to a path; throws while it is less than `least`. */
  at(path: string, least = 0): Told[] {
    const told = this.told.filter((each) => each.path === path);
    if (told.length < least) throw new Error(`Only ${told.length} of ${least} requests have come`);
    return told;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const raw = Buffer.concat(chunks).toString('utf8');
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const told = { path: request.url ?? '', headers, raw, body: JSON.parse(raw) };
    this.told.push(told);
    (this.replies.get(told.path) ?? answer(200))(told, response);
  }
}

/** What was sent, once its signature holds. */
export function verified(secret: string, told: Told | undefined): unknown {
  return new Webhook(secret).verify(told?.raw ?? '', told?.headers ?? {});
}
