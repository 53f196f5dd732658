import { Injectable } from '@nestjs/common';
import type { ProviderFailure } from '../../channels/provider.js';
import type { Companion } from '../../platform/database/companions.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { attempt, head, leftOver, part, reserve, sent } from './outbox.statements.js';
import type { Head, LeftOver } from './outbox.statements.js';

/** Messages on their way out. Whoever sends one has marked it before, in a transaction that has committed. */
@Injectable()
export class OutboxRepository extends OrgRepository {
  /** Locked until the transaction ends. */
  async lockHead(conversationId: string): Promise<Head | null> {
    return (await this.rows(head, { ...this.mine, conversationId }))[0] ?? null;
  }

  /** From here on nobody else sends it, nor knows how it ended until somebody says so. Its page's next turn is at `nextSendAt`. */
  claim({ id, integrationId }: Head, nextSendAt: Date): void {
    this.runAtEnd(attempt, { ...this.mine, id, integrationId: integrationId ?? '', nextSendAt, now: new Date() });
  }

  /** The provider has a part, and another one is next. */
  async recordPart(id: string, partId: string): Promise<void> {
    await this.rows(part, { ...this.mine, id, partId, now: new Date() });
  }

  /**
   * The provider has all of it. Its receipts may have come before; and where its echo came before and could not be told for
   * ours, that goes. False where somebody has recorded it already.
   */
  async recordSent({ id, conversationId }: Head, partId: string, also: readonly Companion[]): Promise<boolean> {
    const values = { ...this.mine, id, conversationId, partId, now: new Date() };
    return (await this.rows(sent, values, also)).length > 0;
  }

  /** What is left to do once a message has gone. What is queued from now on brings a job of its own. */
  async leftOver({ conversationId, integrationId }: Head, partIds: string[]): Promise<LeftOver> {
    const values = { ...this.mine, conversationId, integrationId: integrationId ?? '', partIds };
    const [left] = await this.rows(leftOver, values);
    return left ?? { hasEarlyEvents: false, hasMore: false };
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
