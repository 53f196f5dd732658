import { Injectable } from '@nestjs/common';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import type { ProviderFailure } from '../../channels/provider.js';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import { metrics } from '../../platform/metrics/metrics.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { TokenRenewals } from '../integrations/token-renewals.js';
import { MessageOutcomesService } from '../messages/message-outcomes.service.js';
import { MessageUpdated } from '../messages/message.events.js';
import { nextAttempt, quietUntil } from './backoff.js';
import { OutboxRepository } from './outbox.repository.js';
import type { Head } from './outbox.repository.js';

/** When to look again where nothing was heard. The message's own grace decides; this only brings somebody to ask. */
const LOOK_AGAIN_MS = 31_000;

/** Writes down how an attempt ended. Each answers until when the conversation has to wait, or null. */
@Injectable()
export class DeliveryOutcomes {
  constructor(
    private readonly outbox: OutboxRepository,
    private readonly messages: MessageOutcomesService,
    private readonly integrations: IntegrationsService,
    private readonly renewals: TokenRenewals,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async sent(head: Head, partId: string): Promise<null> {
    metrics.countOutbound(head.platform, 'sent');
    const page = { id: head.integrationId ?? '', platform: head.platform, oaId: head.oaId };
    await this.database.transaction(async () => {
      if (!(await this.outbox.recordSent(head, partId))) return;
      await this.tell(head, 'sent');
      for (const id of new Set([...head.partIds, partId])) await this.messages.applyEarly(page, id);
    });
    if (head.integrationStatus === 'restricted') await this.integrations.markStatus(page.id, 'connected', null);
    return null;
  }

  async failed(head: Head, status: 'failed' | 'unconfirmed', failure: ProviderFailure): Promise<null> {
    metrics.countOutbound(head.platform, status);
    await this.database.transaction(async () => {
      if (await this.outbox.recordFailure(head.id, status, failure)) await this.tell(head, status);
    });
    return null;
  }

  /** The provider said no. */
  async refused(head: Head, failure: ProviderFailure): Promise<Date | null> {
    switch (failure.kind) {
      case 'transient':
        return this.tryAgain(head, failure);
      case 'throttled':
        return this.keepQuiet(head, failure);
      case 'token':
        return this.letInAgain(head, failure);
      case 'account':
        await this.integrations.markStatus(head.integrationId ?? '', 'restricted', failure.message);
        return this.failed(head, 'failed', failure);
      case 'message':
        return this.failed(head, 'failed', failure);
    }
  }

  /** Nothing left this machine. */
  notSent(head: Head): Promise<Date | null> {
    return this.tryAgain(head, {
      kind: 'transient',
      code: 'unreachable',
      message: 'The platform could not be reached for hours: send this again later',
    });
  }

  /** It stays marked as tried: its echo may still come. */
  unanswered(head: Head): Promise<Date> {
    metrics.countOutbound(head.platform, 'unanswered');
    return Promise.resolve(new Date(Date.now() + LOOK_AGAIN_MS));
  }

  private async tryAgain(head: Head, failure: ProviderFailure): Promise<Date | null> {
    const at = nextAttempt(head.attempts + 1, new Date());
    if (!at) return this.failed(head, 'failed', failure);
    metrics.countOutbound(head.platform, 'retried');
    await this.outbox.postpone(head.id, at);
    return at;
  }

  private async keepQuiet(head: Head, failure: ProviderFailure): Promise<Date | null> {
    const at = quietUntil(failure.retryAfterMs, failure.isRecipientOnly === true, new Date());
    metrics.countOutbound(head.platform, 'throttled');
    await this.outbox.postpone(head.id, at);
    if (!failure.isRecipientOnly) await this.outbox.quieten(head.integrationId ?? '', at);
    return at;
  }

  /** A token that was renewed for this and is refused again is dead. */
  private async letInAgain(head: Head, failure: ProviderFailure): Promise<Date | null> {
    const integrationId = head.integrationId ?? '';
    try {
      if (await this.renewals.renew(head.platform, integrationId)) return await this.withNewToken(head, failure);
    } catch (error) {
      if (error instanceof ProviderError || error instanceof NotSentError || error instanceof NoAnswerError)
        return this.tryAgain(head, failure);
      throw error;
    }
    await this.integrations.markStatus(integrationId, 'reconnect_required', failure.message);
    return this.failed(head, 'failed', failure);
  }

  /** At once for the first time, and then later and later: a new token that is refused as well must not be used up in a loop. */
  private async withNewToken(head: Head, failure: ProviderFailure): Promise<Date | null> {
    if (head.attempts > 0) return this.tryAgain(head, failure);
    const now = new Date();
    await this.outbox.postpone(head.id, now);
    return now;
  }

  private async tell(head: Head, status: string): Promise<void> {
    const changes = { status: { from: 'queued', to: status } };
    await this.events.publish(new MessageUpdated(head.id, head.conversationId, changes));
  }
}
