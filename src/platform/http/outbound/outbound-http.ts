import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Config } from '../../config/config.js';
import { guardedConnector } from './guarded-connector.js';
import { NameLookup } from './name-lookup.js';
import { Networks } from './networks.js';
import { AddressRefusedError, UnreachableError } from './outbound.errors.js';

const ANSWER_MS = 15_000;
const LONGEST_ANSWER = 65_536;

/** Header names are in lower case. `text` is at most 64 KB of the body: what follows is not read. */
export interface OutboundAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/**
 * HTTP to addresses of an organization's own choice. They may lie on the public internet and in WEBHOOK_ALLOWED_NETWORKS,
 * which is decided when a name is resolved. Redirects are not followed: they are answers like any other.
 */
@Injectable()
export class OutboundHttp implements OnApplicationShutdown {
  private readonly networks: Networks;
  private readonly agent: Agent;

  constructor({ settings }: Config, names: NameLookup) {
    this.networks = new Networks(settings.WEBHOOK_ALLOWED_NETWORKS);
    this.agent = new Agent({ connect: guardedConnector(this.networks, names) });
  }

  /** Rejects with {@link AddressRefusedError} or {@link UnreachableError}. */
  async post(
    url: string,
    body: string,
    headers: Record<string, string>,
    { timeoutMs = ANSWER_MS }: { timeoutMs?: number } = {},
  ): Promise<OutboundAnswer> {
    const fault = this.faultOf(url);
    if (fault !== null) throw new AddressRefusedError(`The address ${fault}`);
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = { method: 'POST', body, headers, signal, dispatcher: this.agent } as const;
    try {
      const answer = await request(url, sent);
      return { status: answer.statusCode, headers: flat(answer.headers), text: await startOf(answer.body) };
    } catch (error) {
      throw signal.aborted ? tooSlow(timeoutMs) : asOurs(error);
    }
  }

  /** What is wrong with an address that can be seen without resolving its name, for a form: `must not …`; null for nothing. */
  faultOf(url: string): string | null {
    if (!URL.canParse(url)) return 'must be a web address';
    const { protocol, username, password, hostname } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
    if (username !== '' || password !== '') return 'must not carry a user name or password';
    const address = hostname.replace(/^\[|\]$/g, '');
    return isIP(address) && !this.networks.allow(address) ? 'must be on the public internet' : null;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

async function startOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array); // undici's body has no encoding set: its chunks are bytes.
    chunks.push(bytes);
    length += bytes.length;
    if (length >= LONGEST_ANSWER) break;
  }
  return Buffer.concat(chunks).subarray(0, LONGEST_ANSWER).toString('utf8');
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
}

function tooSlow(timeoutMs: number): UnreachableError {
  return new UnreachableError(`No answer came within ${timeoutMs / 1_000} s`, true);
}

function asOurs(error: unknown): Error {
  if (error instanceof AddressRefusedError || error instanceof UnreachableError) return error;
  return new UnreachableError('The connection broke before the answer was complete', true);
}
