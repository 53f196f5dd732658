import { Injectable } from '@nestjs/common';
import type { ProviderFailure } from '../../channels/provider.js';
import type { Companion } from '../../platform/database/companions.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { claim } from './claim.statement.js';
import type { Head } from './claim.statement.js';
import { beforeSent, part, reserve, sent } from './outbox.statements.js';
import type { Sent } from './outbox.statements.js';
import { BURST_MS } from './verdict.js';

/** What the provider calls the part that it took last, and all of them. */
interface PartIds {
  partId: string;
  partIds: string[];
}

/** Messages on their way out. Whoever sends one has marked it before, in a transaction that has committed. */
@Injectable()
export class OutboxRepository extends OrgRepository {
  /**
   * The first message that waits, marked and committed where it can be sent: from here on nobody else sends it, nor knows how it
   * ended until somebody says so. Its page's next turn comes after the platform's pause.
   */
  async claimHead(conversationId: string, pausesMs: string, now: Date): Promise<Head | null> {
    const values = { ...this.mine, conversationId, pausesMs, burstMs: BURST_MS, now };
    return (await this.rows(claim, values))[0] ?? null;
  }

  /** The provider has a part, and another one is next. */
  async recordPart(id: string, partId: string): Promise<void> {
    await this.rows(part, { ...this.mine, id, partId, now: new Date() });
  }

  /**
   * The provider has all of it. Its receipts may have come before; and where its echo came before and could not be told for
   * ours, that goes. Says whether this recorded it, or somebody had already; whether something happened to the message before
   * we knew its name; and whether another one waits. What is queued from now on brings a job of its own.
   */
  async recordSent(head: Head, partIds: PartIds, also: readonly Companion[]): Promise<Sent> {
    const { orgId } = this.mine;
    const { id, conversationId, platform, oaId } = head;
    const integrationId = head.integrationId ?? '';
    const values = { orgId, id, conversationId, platform, oaId, integrationId, ...partIds, now: new Date() };
    const [recorded] = await this.rows(sent, values, also, [beforeSent(orgId, conversationId)]);
    return recorded ?? { isRecorded: false, hasEarlyEvents: false, hasMore: false };
  }

  /** For good. */
  async recordFailure(id: string, status: 'failed' | 'unconfirmed', failure: ProviderFailure): Promise<boolean> {
    const { orgId } = this.mine;
    const failed = await this.sql
      .updateTable('messages')
      .set({ status, errorCode: failure.code, errorMessage: failure.message, updatedAt: new Date() })
      .set(status === 'failed' ? { attemptedAt: null } : {})
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('status', '=', 'queued')
      .returning('id')
      .executeTakeFirst();
    return failed !== undefined;
  }

  /** It has not been sent, and is not tried again before. */
  async postpone(id: string, nextAttemptAt: Date): Promise<void> {
    const { orgId } = this.mine;
    const now = new Date();
    await this.sql
      .updateTable('messages')
      .set({ attemptedAt: null, nextAttemptAt, updatedAt: now })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('status', '=', 'queued')
      .execute();
  }

  /** Nothing is sent through the page before. */
  async quieten(integrationId: string, nextSendAt: Date): Promise<void> {
    await this.rows(reserve, { ...this.mine, integrationId, nextSendAt });
  }
}
