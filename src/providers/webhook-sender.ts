import { createHash, createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { JsonObject } from '../channels/json.js';
import { messageOf } from '../platform/errors/thrown.js';
import type { DeskPlatform } from './accounts.js';
import { textIn } from './fields.js';
import { escapeAsMeta } from './meta-bytes.js';
import type { ProviderSettings } from './provider-settings.js';

/** How long each provider waits for an answer. Zalo's documents say two seconds in one place, five in another. */
const PATIENCE_MS: Record<DeskPlatform, number> = { facebook: 20_000, whatsapp: 20_000, zalo: 5_000 };

/** One webhook, and how it went. `status`: Polydesk's last answer; null where there was none, and `problem` says why. */
export interface Delivery {
  id: string;
  platform: DeskPlatform;
  at: Date;
  body: JsonObject;
  bytes: string;
  headers: Record<string, string>;
  attempts: number;
  status: number | null;
  problem: string | null;
  state: 'waiting' | 'accepted' | 'given up';
}

/** Posts webhooks to Polydesk as the providers do, and again where it does not answer 200. */
export class WebhookSender {
  readonly deliveries: Delivery[] = [];
  private readonly agent = new Agent();
  private readonly stopping = new AbortController();
  private readonly underway = new Set<Promise<void>>();

  constructor(private readonly settings: () => ProviderSettings) {}

  /** Resolves after the first attempt. What it takes beyond that goes on by itself: {@link settled} waits for it. */
  async send(platform: DeskPlatform, body: JsonObject): Promise<Delivery> {
    const bytes = platform === 'zalo' ? JSON.stringify(body) : escapeAsMeta(JSON.stringify(body));
    const signed = { bytes, headers: this.signed(platform, body, bytes) };
    const delivery: Delivery = {
      ...{ id: randomUUID(), platform, at: new Date(), body, ...signed },
      ...{ attempts: 0, status: null, problem: null, state: 'waiting' },
    };
    this.deliveries.push(delivery);
    await this.attempt(delivery);
    if (delivery.state === 'waiting') this.track(this.tryAgain(delivery));
    return delivery;
  }

  /** The same bytes once more: providers deliver at least once. */
  async repeat(delivery: Delivery): Promise<void> {
    await this.attempt(delivery);
  }

  /** Resolves when nothing waits to be sent again. */
  async settled(): Promise<void> {
    while (this.underway.size > 0) await Promise.all(this.underway);
  }

  /** Lets somebody's work count as under way. */
  track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underway.delete(tracked));
    this.underway.add(tracked);
  }

  clear(): void {
    this.deliveries.length = 0;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.agent.destroy();
    await this.settled();
  }

  /** The waiting that a stop ends; false where it has. */
  async wait(milliseconds: number): Promise<boolean> {
    const { signal } = this.stopping;
    return pause(milliseconds, undefined, { signal }).then(
      () => true,
      () => false,
    );
  }

  private async tryAgain(delivery: Delivery): Promise<void> {
    const retry = Math.max(1, delivery.attempts);
    for (const [past, gap] of this.settings().retryGapsMs.entries()) {
      if (!(await this.wait(gap))) return;
      if (delivery.platform === 'zalo') delivery.headers['num_retry'] = String(retry + past);
      await this.attempt(delivery);
      if (delivery.state !== 'waiting') return;
    }
    delivery.state = 'given up';
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const { polydeskUrl } = this.settings();
    if (polydeskUrl === null) return giveUp(delivery, 'Nobody has said where Polydesk is');
    delivery.attempts += 1;
    try {
      delivery.status = await this.post(polydeskUrl, delivery);
      delivery.problem = null;
    } catch (error) {
      delivery.status = null;
      delivery.problem = messageOf(error);
    }
    if (delivery.status === 200) delivery.state = 'accepted';
  }

  private async post(polydeskUrl: string, { platform, bytes, headers }: Delivery): Promise<number> {
    const url = new URL(`/webhooks/${platform}`, polydeskUrl);
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: bytes,
      dispatcher: this.agent,
      signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(PATIENCE_MS[platform])]),
    });
    await body.dump();
    return statusCode;
  }

  private signed(platform: DeskPlatform, body: JsonObject, bytes: string): Record<string, string> {
    const { facebook, whatsapp, zalo } = this.settings();
    if (platform === 'zalo') return zaloSignature(body, bytes, zalo);
    const secret = platform === 'facebook' ? facebook.appSecret : whatsapp.appSecret;
    return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}` };
  }
}

function giveUp(delivery: Delivery, problem: string): void {
  delivery.problem = problem;
  delivery.state = 'given up';
}

/** Plain SHA-256 over application, body, timestamp and secret. Source: Zalo Official Account, "Webhook", verification. */
function zaloSignature(body: JsonObject, bytes: string, zalo: ProviderSettings['zalo']): Record<string, string> {
  const secret = zalo.signature.startsWith('oa-key') ? zalo.oaSecretKey : zalo.appSecret;
  const sentAt = String(Date.now() + 1); // It leaves after what it tells of, never in the same moment.
  const timestamp = zalo.signature.endsWith('header') ? sentAt : (textIn(body['timestamp']) ?? '');
  const mac = createHash('sha256').update(`${zalo.appId}${bytes}${timestamp}${secret}`).digest('hex');
  return { 'x-zevent-signature': `mac=${mac}`, 'x-zevent-timestamp': sentAt };
}
