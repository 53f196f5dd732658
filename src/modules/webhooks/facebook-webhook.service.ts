import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { facebookChannel } from '../../channels/facebook/facebook.channel.js';
import { Config } from '../../platform/config/config.js';
import { AppError } from '../../platform/http/app-error.js';
import { DispatchService } from './dispatch.service.js';

/** What Meta expects to read. It looks at the status only; people who test by hand look at the text. */
const RECEIVED = 'EVENT_RECEIVED';

/** Messenger's side of the webhook: who is asking, and in what form. */
@Injectable()
export class FacebookWebhook {
  constructor(
    private readonly config: Config,
    private readonly dispatch: DispatchService,
  ) {}

  answerHandshake(query: Record<string, unknown>): string {
    const challenge = facebookChannel.answerHandshake(query, this.config.settings.FACEBOOK_VERIFY_TOKEN);
    if (challenge === null) throw AppError.forbidden('The verify token is not the one that this server was given');
    return challenge;
  }

  /** Answers once everything is kept. Whoever did not sign with the app secret leaves no trace. */
  async receive(body: unknown, headers: IncomingHttpHeaders): Promise<string> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    if (!facebookChannel.isSigned(bytes, headers, this.config.settings.FACEBOOK_APP_SECRET))
      throw new AppError('invalid_signature', 401, 'The body is not signed with the app secret of this server');
    await this.dispatch.receive(facebookChannel, parse(bytes));
    return RECEIVED;
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw AppError.malformed('The body is not JSON that can be read');
  }
}
