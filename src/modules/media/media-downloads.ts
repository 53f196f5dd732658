import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Config } from '../../platform/config/config.js';
import { guardedConnector } from '../../platform/http/outbound/guarded-connector.js';
import { NameLookup } from '../../platform/http/outbound/name-lookup.js';
import { Networks } from '../../platform/http/outbound/networks.js';
import { AddressRefusedError } from '../../platform/http/outbound/outbound.errors.js';
import { MediaUnavailableError } from './media.errors.js';

const MEBIBYTE = 1024 * 1024;
const WHOLE_MS = 5 * 60_000;
/** How long nothing at all may come. */
const SILENCE_MS = 15_000;
const MOST_REDIRECTS = 3;
/** Refusals that another try can turn: too many requests, and too slow. */
const MAY_PASS = new Set([408, 425, 429]);

/** Where a file is, with the headers that it takes. */
export interface MediaSource {
  url: string;
  headers: Record<string, string>;
  /** The provider as the settings of this server name it, which may be at a private address; others may not. Empty for none. */
  providerUrl: string;
}

/** Fetches files from addresses that providers name: on the public internet, at the provider itself, or where allowed. */
@Injectable()
export class MediaDownloads implements OnApplicationShutdown {
  private readonly mostBytes: number;
  private readonly guarded: Agent;
  private readonly open = new Agent();

  constructor({ settings }: Config) {
    this.mostBytes = settings.MEDIA_MAX_MB * MEBIBYTE;
    const networks = new Networks(settings.WEBHOOK_ALLOWED_NETWORKS);
    this.guarded = new Agent({ connect: guardedConnector(networks, new NameLookup()) });
  }

  /** Rejects with {@link MediaUnavailableError} where that is final: `too_large`, `address_refused`, `http_404`, … */
  async download(source: MediaSource, wholeMs = WHOLE_MS): Promise<Buffer> {
    const signal = AbortSignal.timeout(wholeMs);
    const answer = await this.follow(source, signal);
    try {
      assertFound(answer.statusCode);
      this.assertFits(Number(answer.headers['content-length'] ?? 0));
      return await this.read(answer.body);
    } catch (error) {
      answer.body.on('error', () => undefined).destroy(); // Nobody reads the rest.
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.guarded.destroy(), this.open.destroy()]);
  }

  /** Headers, which may hold a token, go to no other place than the one that they are for. */
  private async follow(source: MediaSource, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let url = webAddress(source.url);
    for (let step = 0; step <= MOST_REDIRECTS; step += 1) {
      const headers = url.origin === new URL(source.url).origin ? source.headers : {};
      const answer = await this.ask(url, headers, source.providerUrl, signal);
      const { location } = answer.headers;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string') return answer;
      await answer.body.dump();
      url = webAddress(location, url);
    }
    throw new MediaUnavailableError('too_many_redirects');
  }

  private async ask(
    url: URL,
    headers: Record<string, string>,
    providerUrl: string,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const dispatcher = isAt(providerUrl, url) ? this.open : this.guarded;
    const limits = { signal, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS };
    try {
      return await request(url, { headers: { ...headers, 'accept-encoding': 'identity' }, dispatcher, ...limits });
    } catch (error) {
      throw error instanceof AddressRefusedError ? new MediaUnavailableError('address_refused') : error;
    }
  }

  private async read(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk as Uint8Array); // undici's body has no encoding set: its chunks are bytes.
      length += bytes.length;
      this.assertFits(length);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  }

  private assertFits(length: number): void {
    if (length > this.mostBytes) throw new MediaUnavailableError('too_large');
  }
}

function isAt(providerUrl: string, { origin }: URL): boolean {
  return URL.canParse(providerUrl) && new URL(providerUrl).origin === origin;
}

function webAddress(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new MediaUnavailableError('address_refused');
}

function assertFound(status: number): void {
  if (status === 200) return;
  if (status >= 500 || MAY_PASS.has(status)) throw new Error(`The provider answered ${status}`);
  throw new MediaUnavailableError(`http_${status}`);
}
