import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { NoAnswerError, ProviderError } from '../../channels/provider.js';
import { Config } from '../../platform/config/config.js';
import { codeOf, messageOf } from '../../platform/errors/thrown.js';
import { guardedConnector } from '../../platform/http/outbound/guarded-connector.js';
import { NameLookup } from '../../platform/http/outbound/name-lookup.js';
import { Networks } from '../../platform/http/outbound/networks.js';
import { AddressRefusedError } from '../../platform/http/outbound/outbound.errors.js';
import { FileLinks } from '../../platform/secrets/file-links.js';

const CONNECT_MS = 5_000;
const WHOLE_MS = 60_000;
/** How long nothing at all may come. */
const SILENCE_MS = 15_000;
const MOST_REDIRECTS = 3;
/** Refusals that another try can turn: too many requests, and too slow. */
const MAY_PASS = new Set([408, 425, 429]);

type Answer = Dispatcher.ResponseData;

/**
 * Fetches files that a message names: addresses of an agent's choice. They may lie on the public internet and in
 * WEBHOOK_ALLOWED_NETWORKS, at each redirect anew. Files that are kept here may lie wherever PUBLIC_URL says.
 */
@Injectable()
export class FileDownloads implements OnApplicationShutdown {
  private readonly guarded: Agent;
  private readonly open = new Agent({ connect: { timeout: CONNECT_MS } });

  constructor(
    { settings }: Config,
    private readonly links: FileLinks,
  ) {
    const networks = new Networks(settings.WEBHOOK_ALLOWED_NETWORKS);
    this.guarded = new Agent({ connect: guardedConnector(networks, new NameLookup()) });
  }

  /** Rejects with a ProviderError where the address is at fault, else with {@link NoAnswerError}. */
  async download(url: string, maxBytes: number, headers: Record<string, string> = {}, wholeMs = WHOLE_MS) {
    try {
      const answer = await this.follow(webAddress(url), headers, AbortSignal.timeout(wholeMs));
      const bytes = await atMost(maxBytes, answer);
      return { bytes, contentType: [answer.headers['content-type']].flat()[0] ?? 'application/octet-stream' };
    } catch (error) {
      throw inWords(error);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.guarded.destroy(), this.open.destroy()]);
  }

  /** Headers, which may hold a token, go to no other place than the one that they are for. */
  private async follow(from: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    let url = from;
    for (let step = 0; step <= MOST_REDIRECTS; step += 1) {
      const answer = await this.ask(url, url.origin === from.origin ? headers : {}, signal);
      const { location } = answer.headers;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string') return answer;
      await answer.body.dump();
      url = webAddress(location, url);
    }
    throw new ProviderError(TOO_MANY_REDIRECTS);
  }

  private ask(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const dispatcher = this.links.isOne(url) ? this.open : this.guarded;
    return request(url, { headers, dispatcher, signal, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });
  }
}

async function atMost(maxBytes: number, { statusCode, headers, body }: Answer): Promise<Buffer> {
  try {
    if (statusCode !== 200) throw notFetched(statusCode);
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    return await read(body, maxBytes);
  } catch (error) {
    body.on('error', () => undefined).destroy(); // Nobody reads the rest.
    throw error;
  }
}

async function read(body: Answer['body'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array); // undici's body has no encoding set: its chunks are bytes.
    length += bytes.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function webAddress(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new ProviderError(ADDRESS_REFUSED);
}

const ADDRESS_REFUSED = {
  kind: 'message',
  code: 'address_refused',
  message: 'The file is not on the public internet, and is not fetched from elsewhere: upload it, and send it again.',
} as const;

const TOO_MANY_REDIRECTS = {
  kind: 'message',
  code: 'too_many_redirects',
  message: "The file's address leads to another one too often: name the last one, or upload the file.",
} as const;

function tooLarge(maxBytes: number): ProviderError {
  const message = `The file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB, the most that is kept`;
  return new ProviderError({ kind: 'message', code: 'too_large', message });
}

/** An address that has ended or is gone stays so; a server in trouble may be better later. */
function notFetched(status: number): ProviderError {
  const kind = status >= 500 || MAY_PASS.has(status) ? 'transient' : 'message';
  return new ProviderError({ kind, code: `http_${status}`, message: `The file could not be fetched (HTTP ${status})` });
}

function inWords(error: unknown): unknown {
  if (error instanceof ProviderError) return error;
  if (error instanceof AddressRefusedError) return new ProviderError(ADDRESS_REFUSED);
  return new NoAnswerError(codeOf(error) ?? messageOf(error));
}
