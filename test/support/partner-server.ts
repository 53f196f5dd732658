import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { LocalServer } from './local-server.js';

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

  private constructor(private readonly server: LocalServer) {}

  static async start(): Promise<PartnerServer> {
    const partner = new PartnerServer(
      await LocalServer.start((request, response) => void partner.take(request, response)),
    );
    return partner;
  }

  get url(): string {
    return this.server.url;
  }

  /** What was sent to a path; throws while it is less than `least`. */
  at(path: string, least = 0): Told[] {
    const told = this.told.filter((each) => each.path === path);
    if (told.length < least) throw new Error(`Only ${told.length} of ${least} requests have come`);
    return told;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request);
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
