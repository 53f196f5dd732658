import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { OutgoingAttachment, QuickReply, Template } from '../../channels/outgoing.js';
import type { ProviderFailure } from '../../channels/provider.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';

/** The first message of a conversation that waits to be sent, with everything that decides whether it can be. */
export interface Head {
  id: string;
  conversationId: string;
  text: string | null;
  attachments: OutgoingAttachment[];
  metadata: { template?: Template; quickReplies?: QuickReply[]; tag?: string };
  attempts: number;
  /** Times are ISO 8601. */
  attemptedAt: string | null;
  nextAttemptAt: string | null;
  /** The provider's ids of the parts that it has. */
  partIds: string[];
  replyTo: string | null;
  platform: string;
  oaId: string;
  customerExternalId: string;
  lastInboundAt: string | null;
  integrationId: string | null;
  integrationStatus: string | null;
  nextSendAt: string | null;
  organizationIsActive: boolean;
}

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
  async recordSent({ id, conversationId }: Head, partId: string): Promise<boolean> {
    return (await this.rows(sent, { ...this.mine, id, conversationId, partId, now: new Date() })).length > 0;
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

const head = new PreparedStatement(
  (_, { orgId, conversationId }: Places<{ orgId: string; conversationId: string }>) => sql<Head>`
    SELECT m.id, m.conversation_id, m.text, m.attachments, m.metadata, m.attempts, m.attempted_at, m.next_attempt_at,
      m.part_ids, c.platform, c.oa_id, p.external_id AS customer_external_id, c.last_inbound_at, i.id AS integration_id,
      i.status AS integration_status, i.next_send_at, o.is_active AS organization_is_active,
      (SELECT r.provider_message_id FROM messages r
        WHERE r.org_id = ${orgId} AND r.id = (m.metadata -> 'replyTo' ->> 'messageId')::uuid) AS reply_to
    FROM messages m
    JOIN conversations c ON c.org_id = ${orgId} AND c.id = m.conversation_id
    JOIN customers p ON p.org_id = ${orgId} AND p.id = c.customer_id
    JOIN organizations o ON o.id = ${orgId}
    LEFT JOIN integrations i ON i.org_id = ${orgId} AND i.id = c.integration_id AND i.is_active
    WHERE m.org_id = ${orgId} AND m.conversation_id = ${conversationId} AND m.status = 'queued'
    ORDER BY m.created_at, m.id LIMIT 1
    FOR NO KEY UPDATE OF m`,
);

interface Turn {
  orgId: string;
  integrationId: string;
  nextSendAt: Date;
}

const takeTurn = ({ orgId, integrationId, nextSendAt }: Places<Turn>) => sql`
    UPDATE integrations SET next_send_at = greatest(next_send_at, ${nextSendAt}::timestamptz)
    WHERE org_id = ${orgId} AND id = ${integrationId}::uuid`;

const reserve = new PreparedStatement((_, turn: Places<Turn>) => takeTurn(turn));

/** One statement, so that it travels with the COMMIT. */
const attempt = new PreparedStatement(
  (_, { orgId, id, now, ...turn }: Places<Turn & { id: string; now: Date }>) => sql`
    WITH turn AS (${takeTurn({ orgId, ...turn })})
    UPDATE messages SET attempts = attempts + 1, attempted_at = ${now}::timestamptz
    WHERE org_id = ${orgId} AND id = ${id}::uuid`,
);

interface Taken {
  orgId: string;
  id: string;
  partId: string;
  now: Date;
}

const withPart = (partId: RawBuilder<string>) =>
  sql`CASE WHEN ${partId} = ANY (m.part_ids) THEN m.part_ids ELSE m.part_ids || ${partId}::text END`;

const part = new PreparedStatement(
  (_, { orgId, id, partId, now }: Places<Taken>) => sql`
    UPDATE messages m SET part_ids = ${withPart(partId)}, attempted_at = ${now}::timestamptz
    WHERE m.org_id = ${orgId} AND m.id = ${id}::uuid`,
);

const sent = new PreparedStatement(
  (_, { orgId, id, conversationId, partId, now }: Places<Taken & { conversationId: string }>) => sql<{ id: string }>`
    WITH conversation AS (
      SELECT id, platform, oa_id, delivered_until, read_until FROM conversations
      WHERE org_id = ${orgId} AND id = ${conversationId}::uuid
      FOR NO KEY UPDATE
    ), twin AS (
      DELETE FROM messages other USING conversation
      WHERE other.org_id = ${orgId} AND other.platform = conversation.platform AND other.oa_id = conversation.oa_id
        AND other.provider_message_id = ${partId} AND other.id <> ${id}::uuid AND other.direction = 'out'
        AND other.account_id IS NULL AND other.client_message_id IS NULL
      RETURNING other.id
    )
    UPDATE messages m SET
      status = CASE WHEN m.created_at <= conversation.read_until THEN 'read'
        WHEN m.created_at <= conversation.delivered_until THEN 'delivered' ELSE 'sent' END,
      is_read = coalesce(m.created_at <= conversation.read_until, false),
      part_ids = ${withPart(partId)},
      provider_message_id = coalesce(m.provider_message_id, m.part_ids[1], ${partId}::text),
      error_code = NULL, error_message = NULL, attempted_at = NULL, updated_at = ${now}::timestamptz
    FROM conversation
    WHERE m.org_id = ${orgId} AND m.id = ${id}::uuid AND m.status IN ('queued', 'unconfirmed')
      AND (SELECT count(*) FROM twin) >= 0
    RETURNING m.id`,
);
