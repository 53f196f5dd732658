import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { escapeAsMeta } from '../../src/providers/meta-bytes.js';
import { fromCustomer, pageBody } from '../support/facebook-sender.js';
import { APP_SECRET } from './chaos-site.js';

const POSTERS = 8;
const SENDERS = 4;
const CUSTOMERS = 20;
/** A client gives a request up after that, not knowing what became of it, and says the same again. */
const PATIENCE_MS = 5_000;
const UNAVAILABLE = 503;
const AGAIN_MS = 100;
const PAUSE_MS = 10;

/** Where the load goes. */
export interface Target {
  url: string;
  pages: string[];
  /** Conversations to answer in, and the credential that may. */
  conversations: string[];
  authorization: string;
}

/** Posts as a provider does, and sends as a careful client does: each until it is acknowledged. */
export class ChaosLoad {
  /** Provider's ids of messages, and ids of our own, that the server has acknowledged. */
  readonly posted: string[] = [];
  readonly sent: string[] = [];
  /** Answers of 503, requests without any answer, and answers that are neither that nor an acknowledgement. */
  refused = 0;
  unanswered = 0;
  failed = 0;
  private readonly moments: number[] = [];
  private readonly customers = Array.from({ length: CUSTOMERS }, () => String(randomInt(1e12, 9e13)));
  private isOn = true;
  private readonly clients: Promise<void>[];

  constructor(private readonly target: Target) {
    const posters = Array.from({ length: POSTERS }, () => this.repeat((id) => this.post(id), this.posted));
    const senders = Array.from({ length: SENDERS }, () => this.repeat((id) => this.send(id), this.sent));
    this.clients = [...posters, ...senders];
  }

  /** Begins nothing new; resolves when everything begun is acknowledged. */
  async finish(): Promise<void> {
    this.isOn = false;
    await Promise.all(this.clients);
  }

  /** How long nothing was acknowledged from that moment on, in ms. */
  silenceAfter(moment: number): number {
    const next = this.moments.find((at) => at >= moment);
    return (next ?? Date.now()) - moment;
  }

  private async repeat(request: (id: string) => Promise<Response>, acknowledged: string[]): Promise<void> {
    while (this.isOn) {
      const id = randomUUID();
      while (!(await this.isAcknowledged(request(id)))) await delay(AGAIN_MS);
      this.moments.push(Date.now());
      acknowledged.push(id);
      await delay(PAUSE_MS);
    }
  }

  private async isAcknowledged(request: Promise<Response>): Promise<boolean> {
    try {
      const { ok, status } = await request;
      if (status === UNAVAILABLE) this.refused += 1;
      else if (!ok) this.failed += 1;
      return ok;
    } catch {
      this.unanswered += 1;
      return false;
    }
  }

  private post(id: string): Promise<Response> {
    return postEvent(this.target.url, oneOf(this.target.pages, id), oneOf(this.customers, id), id);
  }

  private send(id: string): Promise<Response> {
    const { url, authorization, conversations } = this.target;
    const conversation = oneOf(conversations, id);
    const body = JSON.stringify({ text: 'Chào bạn', clientMessageId: id });
    return request(`${url}/conversations/${conversation}/messages`, body, { authorization });
  }
}

/** A customer writes to a page, as Meta tells it. */
function postEvent(url: string, page: string, customer: string, mid: string): Promise<Response> {
  const event = { ...fromCustomer(page, customer, Date.now()), message: { mid, text: 'Xin chào' } };
  const body = escapeAsMeta(JSON.stringify(pageBody(page, [event])));
  const signature = `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`;
  return request(`${url}/webhooks/facebook`, body, { 'x-hub-signature-256': signature });
}

async function request(url: string, body: string, headers: Record<string, string>): Promise<Response> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const all = { 'content-type': 'application/json', ...headers };
  const response = await fetch(url, { method: 'POST', headers: all, body, signal });
  await response.arrayBuffer();
  return response;
}

/** The same for the same id: what is said again must be the same. */
function oneOf(choices: string[], id: string): string {
  return choices[parseInt(id.slice(0, 8), 16) % choices.length] ?? '';
}
