import { Injectable } from '@nestjs/common';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import type { Http, ProviderAnswer, ProviderRequest } from '../../channels/provider.js';
import type { Json } from '../../channels/json.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import { AddressRefusedError, UnreachableError } from '../../platform/http/outbound/outbound.errors.js';
import { FileDownloads } from './file-downloads.js';

/** Requests to partners' own addresses: unlike a provider's they are not ours to choose, and may not lead inside. */
@Injectable()
export class PartnerHttp implements Http {
  constructor(
    private readonly http: OutboundHttp,
    private readonly files: FileDownloads,
  ) {}

  /** Posts JSON; the channel of partners has nothing else to send. */
  async send({ url, headers = {}, json }: ProviderRequest): Promise<ProviderAnswer> {
    const sent = { 'content-type': 'application/json', 'user-agent': 'Polydesk', ...headers };
    const { text, ...answer } = await this.http.post(url, JSON.stringify(json ?? {}), sent).catch(inWords);
    return { ...answer, body: parsed(text) };
  }

  download(url: string, maxBytes: number, headers?: Record<string, string>) {
    return this.files.download(url, maxBytes, headers);
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
