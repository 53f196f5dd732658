import { Injectable } from '@nestjs/common';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import type { ProviderFailure } from '../../channels/provider.js';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import { metrics } from '../../platform/metrics/metrics.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { TokenRenewals } from '../integrations/token-renewals.js';
import { MessageOutcomesService } from '../messages/message-outcomes.service.js';
import { MessageUpdated } from '../messages/message.events.js';
import { nextAttempt, quietUntil } from './backoff.js';
import type { Head } from './claim.statement.js';
import { OutboxRepository } from './outbox.repository.js';

/** When to look again where nothing was heard. The message's own grace decides; this only brings somebody to ask. */
const LOOK_AGAIN_MS = 31_000;

/** What follows in the conversation: the next message, nothing, or a wait. */
export type Then = 'next' | 'end' | Date;

/** Writes down how an attempt ended. */
@Injectable()
export class DeliveryOutcomes {
  constructor(
    private readonly outbox: OutboxRepository,
    private readonly messages: MessageOutcomesService,
    private readonly integrations: IntegrationsService,
    private readonly renewals: TokenRenewals,
    private readonly database: Database,
    private readonly events: Events,
    private readonly followers: Followers,
  ) {}

  /** One round trip for what is certain; what came too early, if anything did, is done in a transaction of its own. */
  async sent(head: Head, partId: string): Promise<Then> {
    metrics.countOutbound(head.platform, 'sent');
    const event = updated(head, 'sent');
    const partIds = [...new Set([...head.partIds, partId])];
    const also = await this.followers.companionsOf(event);
    const { isRecorded, hasEarlyEvents, hasMore } = await this.outbox.recordSent(head, { partId, partIds }, also);
    if (isRecorded) this.events.announce(event);
    if (hasEarlyEvents) await this.applyEarly(head, partIds);
    if (head.integrationStatus === 'restricted')
      await this.integrations.markStatus(head.integrationId ?? '', 'connected', null);
    return hasMore ? 'next' : 'end';
  }

  async failed(head: Head, status: 'failed' | 'unconfirmed', failure: ProviderFailure): Promise<Then> {
    metrics.countOutbound(head.platform, status);
    await this.database.transaction(async () => {
      if (await this.outbox.recordFailure(head.id, status, failure)) await this.events.publish(updated(head, status));
    });
    return 'next';
  }

  /** The provider said no. */
  async refused(head: Head, failure: ProviderFailure): Promise<Then> {
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
  notSent(head: Head): Promise<Then> {
    return this.tryAgain(head, {
      kind: 'transient',
      code: 'unreachable',
      message: 'The platform could not be reached for hours: send this again later',
    });
  }

  /** It stays marked as tried: its echo may still come. */
  unanswered(head: Head): Promise<Then> {
    metrics.countOutbound(head.platform, 'unanswered');
    return Promise.resolve(new Date(Date.now() + LOOK_AGAIN_MS));
  }

  private async tryAgain(head: Head, failure: ProviderFailure): Promise<Then> {
    const at = nextAttempt(head.attempts + 1, new Date());
    if (!at) return this.failed(head, 'failed', failure);
    metrics.countOutbound(head.platform, 'retried');
    await this.outbox.postpone(head.id, at);
    return at;
  }

  private async keepQuiet(head: Head, failure: ProviderFailure): Promise<Then> {
    const at = quietUntil(failure.retryAfterMs, failure.isRecipientOnly === true, new Date());
    metrics.countOutbound(head.platform, 'throttled');
    await this.outbox.postpone(head.id, at);
    if (!failure.isRecipientOnly) await this.outbox.quieten(head.integrationId ?? '', at);
    return at;
  }

  /** A token that was renewed for this and is refused again is dead. */
  private async letInAgain(head: Head, failure: ProviderFailure): Promise<Then> {
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
  private async withNewToken(head: Head, failure: ProviderFailure): Promise<Then> {
    if (head.attempts > 0) return this.tryAgain(head, failure);
    const now = new Date();
    await this.outbox.postpone(head.id, now);
    return now;
  }

  private applyEarly(head: Head, partIds: string[]): Promise<void> {
    const page = { id: head.integrationId ?? '', platform: head.platform, oaId: head.oaId };
    return this.database.transaction(async () => {
      for (const id of partIds) await this.messages.applyEarly(page, id);
    });
  }
}

function updated({ id, conversationId }: Head, status: string): MessageUpdated {
  return new MessageUpdated(id, conversationId, { status: { from: 'queued', to: status } });
}
