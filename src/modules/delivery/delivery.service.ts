import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { NoAnswerError, NotSentError, ProviderError } from '../../channels/provider.js';
import type { OutgoingMessage } from '../../channels/outgoing.js';
import type { PageAccess } from '../../channels/provider.js';
import { Database } from '../../platform/database/database.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { FileLinks } from '../../platform/secrets/file-links.js';
import { PageAccesses } from '../integrations/page-accesses.js';
import { DELIVER, conversationIn, delivering } from '../messages/message-jobs.js';
import { Channels } from './channels.js';
import type { Head } from './claim.statement.js';
import { DeliveryOutcomes } from './delivery-outcomes.js';
import type { Then } from './delivery-outcomes.js';
import { OutboxRepository } from './outbox.repository.js';
import { judge } from './verdict.js';
import type { Verdict } from './verdict.js';

/** A longer queue than this gives way to other conversations now and then. */
const MOST_IN_A_RUN = 50;
/** A wait that is shorter is waited; a longer one is another job. */
const SHORT_MS = 1_000;

/** Sends what is queued, a conversation at a time and in its order. */
@Injectable()
export class DeliveryService implements OnModuleInit {
  constructor(
    private readonly outbox: OutboxRepository,
    private readonly outcomes: DeliveryOutcomes,
    private readonly accesses: PageAccesses,
    private readonly channels: Channels,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly links: FileLinks,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(DELIVER, (payload) => this.deliver(conversationIn(payload)));
  }

  async deliver(conversationId: string): Promise<void> {
    for (let sent = 0; sent < MOST_IN_A_RUN; sent += 1) {
      const next = await this.next(conversationId);
      if (!next) return;
      const then = await this.act(next.head, next.verdict);
      if (then === 'end') return;
      if (then !== 'next' && !(await waitedShortly(then))) return this.database.send(delivering(conversationId, then));
    }
    await this.database.send(delivering(conversationId));
  }

  /** Looks at the first message, which is marked where it can be sent: committed before anything leaves. */
  private async next(conversationId: string): Promise<{ head: Head; verdict: Verdict } | null> {
    const now = new Date();
    const head = await this.outbox.claimHead(conversationId, this.channels.pausesMs, now);
    if (!head) return null;
    const told = { ...head, attachments: this.links.told(head.attachments) };
    return { head, verdict: judge(told, this.channels.of(head.platform), now) };
  }

  private async act(head: Head, verdict: Verdict): Promise<Then> {
    switch (verdict.kind) {
      case 'wait':
        return verdict.until;
      case 'fail':
        return this.outcomes.failed(head, verdict.status, verdict.failure);
      case 'sent already':
        return this.outcomes.sent(head, verdict.partId);
      case 'send':
        return head.isClaimed ? this.send(head, verdict.parts) : 'next'; // Somebody else had it first.
      case 'leave':
        return 'end';
    }
  }

  private async send(head: Head, parts: OutgoingMessage[]): Promise<Then> {
    try {
      const page = await this.accesses.of({ ...head, id: head.integrationId ?? '' });
      return await this.sendParts(head, parts, page);
    } catch (error) {
      return this.afterError(head, error);
    }
  }

  private async sendParts(head: Head, parts: OutgoingMessage[], page: PageAccess): Promise<Then> {
    const { channels } = this;
    const [channel, app] = [channels.of(head.platform), channels.appOf(head.platform)];
    const http = channels.httpOf(head.platform);
    for (const [index, part] of parts.entries()) {
      const partId = await channel.send(part, page, app, http);
      if (index === parts.length - 1) return this.outcomes.sent(head, partId);
      await this.outbox.recordPart(head.id, partId);
    }
    throw new Error('A message without parts cannot be sent');
  }

  /** What Postgres says is for the queue, which tries again; the message stays marked. */
  private afterError(head: Head, error: unknown): Promise<Then> {
    if (error instanceof ProviderError) return this.outcomes.refused(head, error.failure);
    if (error instanceof NotSentError) return this.outcomes.notSent(head);
    if (error instanceof NoAnswerError) return this.outcomes.unanswered(head);
    throw error;
  }
}

/** False where that would take too long. */
async function waitedShortly(until: Date): Promise<boolean> {
  const ms = until.getTime() - Date.now();
  if (ms > SHORT_MS) return false;
  await delay(Math.max(ms, 0));
  return true;
}
