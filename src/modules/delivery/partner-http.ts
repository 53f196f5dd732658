import { Injectable } from '@nestjs/common';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import type { Http, ProviderAnswer, ProviderRequest } from '../../channels/provider.js';
import type { Json } from '../../channels/json.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import { AddressRefusedError, UnreachableError } from '../../platform/http/outbound/outbound.errors.js';

const DOWNLOAD_MS = 60_000;

/** Requests to partners' own addresses: unlike a provider's they are not ours to choose, and may not lead inside. */
@Injectable()
export class PartnerHttp implements Http {
  constructor(private readonly http: OutboundHttp) {}

  /** Posts JSON; the channel of partners has nothing else to send. */
  async send({ url, headers = {}, json }: ProviderRequest): Promise<ProviderAnswer> {
    const sent = { 'content-type': 'application/json', 'user-agent': 'Polydesk', ...headers };
    const { text, ...answer } = await this.http.post(url, JSON.stringify(json ?? {}), sent).catch(inWords);
    return { ...answer, body: parsed(text) };
  }

  async download(url: string, maxBytes: number, headers: Record<string, string> = {}) {
    const answer = await this.http.get(url, headers, maxBytes, DOWNLOAD_MS).catch(inWords);
    if (answer.status !== 200) throw notFetched(answer.status);
    if (answer.bytes.length > maxBytes) throw tooLarge(maxBytes);
    return { bytes: answer.bytes, contentType: answer.headers['content-type'] ?? 'application/octet-stream' };
  }
}

function inWords(error: unknown): never {
  if (error instanceof AddressRefusedError)
    throw new ProviderError({ kind: 'account', code: 'address_refused', message: error.message });
  if (error instanceof UnreachableError)
    throw error.mayHaveArrived ? new NoAnswerError(error.message) : new NotSentError(error.message);
  throw error;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json; // What JSON.parse makes is JSON.
  } catch {
    return text;
  }
}

function notFetched(status: number): ProviderError {
  const kind = status >= 500 || status === 429 ? 'transient' : 'message';
  return new ProviderError({ kind, code: `http_${status}`, message: `The file could not be fetched (HTTP ${status})` });
}

function tooLarge(maxBytes: number): ProviderError {
  const message = `The file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB, the most that is kept`;
  return new ProviderError({ kind: 'message', code: 'too_large', message });
}
