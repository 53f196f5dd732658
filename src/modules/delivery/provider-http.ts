import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, FormData, request } from 'undici';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import type { Http, ProviderAnswer, ProviderRequest } from '../../channels/provider.js';
import type { Json } from '../../channels/json.js';
import { codeOf, messageOf } from '../../platform/errors/thrown.js';
import { FileDownloads } from './file-downloads.js';

const CONNECT_MS = 5_000;
/** Messenger and WhatsApp may take long to fetch a file that a message names. */
const ANSWER_MS = 20_000;
const LONGEST_ANSWER_BYTES = 1024 * 1024;
/** What goes wrong before a request has left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
]);

/** Requests to providers, whose addresses are this server's settings; those of files are not. */
@Injectable()
export class ProviderHttp implements Http, OnApplicationShutdown {
  private readonly agent = new Agent({ connect: { timeout: CONNECT_MS }, maxResponseSize: LONGEST_ANSWER_BYTES });

  constructor(private readonly files: FileDownloads) {}

  async send({ method, url, headers = {}, ...body }: ProviderRequest): Promise<ProviderAnswer> {
    try {
      const answer = await request(url, {
        method,
        ...bodyOf(body, headers),
        dispatcher: this.agent,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: plain(answer.headers), body: parsed(text) };
    } catch (error) {
      throw inWords(error);
    }
  }

  download(url: string, maxBytes: number, headers?: Record<string, string>) {
    return this.files.download(url, maxBytes, headers);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

type Body = Pick<ProviderRequest, 'json' | 'form' | 'file'>;

function bodyOf({ json, form, file }: Body, headers: Record<string, string>) {
  if (file) return { body: multipart(file, form ?? {}), headers };
  if (form)
    return {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    };
  if (json) return { body: JSON.stringify(json), headers: { 'content-type': 'application/json', ...headers } };
  return { headers };
}

function multipart({ field, name, contentType, bytes }: NonNullable<Body['file']>, form: Record<string, string>) {
  const data = new FormData();
  for (const [key, value] of Object.entries(form)) data.set(key, value);
  data.set(field, new Blob([Uint8Array.from(bytes)], { type: contentType }), name);
  return data;
}

function plain(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return value as Json; // What JSON.parse makes is JSON.
  } catch {
    return text;
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof ProviderError) return error;
  const code = codeOf(error);
  const reason = code ?? messageOf(error);
  return code !== undefined && NOT_SENT.has(code) ? new NotSentError(reason) : new NoAnswerError(reason);
}
