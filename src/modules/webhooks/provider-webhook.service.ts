import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Platform } from '../../channels/channel.js';
import { AppError } from '../../platform/http/app-error.js';
import { logger } from '../../platform/logging/logger.js';
import { Channels } from '../delivery/channels.js';
import { DispatchService } from './dispatch.service.js';

/** What Meta expects to read. Providers look at the status only; people who test by hand look at the text. */
const RECEIVED = 'EVENT_RECEIVED';

/** A provider's side of its webhook: who is asking, and in what form. */
@Injectable()
export class ProviderWebhook {
  private readonly seenSignatures = new Set<string>();

  constructor(
    private readonly channels: Channels,
    private readonly dispatch: DispatchService,
  ) {}

  answerHandshake(platform: Platform, query: Record<string, unknown>): string {
    const answer = this.channels.of(platform).answerHandshake(query, this.channels.appOf(platform));
    if (answer === null) throw AppError.forbidden('The verify token is not the one that this server was given');
    return answer;
  }

  /** Answers once everything is kept. Whoever did not sign with the provider's secret leaves no trace. */
  async receive(platform: Platform, body: unknown, headers: IncomingHttpHeaders): Promise<string> {
    const channel = this.channels.of(platform);
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    if (channel.isProbe(bytes)) return RECEIVED;
    const signature = channel.signatureOf(bytes, headers, this.channels.appOf(platform));
    if (signature === null)
      throw new AppError('invalid_signature', 401, 'The body is not signed with the secret that this server was given');
    this.noteSignature(platform, signature);
    await this.dispatch.receive(channel, parse(bytes));
    return RECEIVED;
  }

  /** Where a provider's documents disagree, an operator wants to know which way it is. */
  private noteSignature(platform: Platform, signature: string): void {
    const name = `${platform} ${signature}`;
    if (this.seenSignatures.has(name)) return;
    this.seenSignatures.add(name);
    logger.info({ platform, signature }, 'Webhooks of this platform are signed in this way');
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw AppError.malformed('The body is not JSON that can be read');
  }
}
