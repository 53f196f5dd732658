import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Sql } from '../../platform/database/kysely-driver.js';
import type { Companion } from '../../platform/database/companions.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { insertAuditEntry } from '../../platform/events/audit-entry.js';
import type { AuditEntry } from '../../platform/events/audit-entry.js';
import { positionOf } from '../../platform/http/pagination.js';
import type { CursorQuery } from '../../platform/http/pagination.js';
import { asLastMessage } from './inbox.statements.js';
import { MESSAGE_COLUMNS } from './message.view.js';
import type { MessageRow } from './message.view.js';

/** Who writes. */
export interface Sender {
  senderId: string;
  senderType: 'user' | 'chatbot' | 'system';
  accountId: string | null;
}

export interface OutgoingMessage extends Sender {
  id: string;
  conversationId: string;
  text: string | null;
  attachments: object[];
  metadata: object;
  clientMessageId: string | null;
}

/** A message that was queued, and what that did to its conversation. */
export interface QueuedRow extends MessageRow {
  statusBefore: string;
  statusAfter: string;
}

@Injectable()
export class MessagesRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(conversationId: string, { limit, cursor }: CursorQuery): Promise<MessageRow[]> {
    return this.rows(page, { ...this.mine, conversationId, ...positionOf({ cursor }), rows: limit + 1 });
  }

  async find(id: string): Promise<MessageRow | null> {
    return (await this.messages.where('id', '=', id).executeTakeFirst()) ?? null;
  }

  async findByClientMessageId(conversationId: string, clientMessageId: string): Promise<MessageRow | null> {
    const messages = this.messages.where('conversationId', '=', conversationId);
    return (await messages.where('clientMessageId', '=', clientMessageId).executeTakeFirst()) ?? null;
  }

  /**
   * With its record, in one statement, and what follows it. Null, and no record, where there is no such conversation, or where
   * it has a message of that `clientMessageId` already.
   */
  async queue(message: OutgoingMessage, record: AuditEntry, also: readonly Companion[]): Promise<QueuedRow | null> {
    const { attachments, metadata, ...fields } = message;
    const contents = { attachments: JSON.stringify(attachments), metadata: JSON.stringify(metadata), now: new Date() };
    const [queued] = await this.rows(queue, { ...this.mine, ...fields, ...contents, ...record }, also);
    return queued ?? null;
  }

  /** Null where there is no such message, or where it has not failed. */
  async requeue(id: string): Promise<MessageRow | null> {
    const { orgId } = this.mine;
    const requeued = await this.sql
      .updateTable('messages')
      .set({
        ...{ status: 'queued', errorCode: null, errorMessage: null, updatedAt: new Date() },
        ...{ attempts: 0, attemptedAt: null, nextAttemptAt: null },
      })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('direction', '=', 'out')
      .where('status', 'in', ['failed', 'unconfirmed'])
      .returning(MESSAGE_COLUMNS)
      .executeTakeFirst();
    return requeued ?? null;
  }

  private get messages() {
    return messagesOf(this.sql, this.mine.orgId);
  }
}

interface Page {
  orgId: string;
  conversationId: string;
  /** Where the page before ended. */
  at?: string;
  id?: string;
  rows: number;
}

const page = new PreparedStatement((database, { orgId, conversationId, at, id, rows }: Places<Page>) => {
  let messages = messagesOf(database, orgId).where('conversationId', '=', conversationId);
  if (at && id)
    messages = messages.where(({ eb, refTuple, tuple }) => eb(refTuple('createdAt', 'id'), '<', tuple(at, id)));
  return messages.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(rows);
});

interface Queued extends Omit<OutgoingMessage, 'attachments' | 'metadata'>, AuditEntry {
  orgId: string;
  /** JSON. */
  attachments: string;
  metadata: string;
  now: Date;
}

const columns = sql.join(MESSAGE_COLUMNS.map((column) => sql.ref(column)));

const queue = new PreparedStatement(
  (_, { orgId, id, conversationId, text, now, ...message }: Places<Queued>) => sql<QueuedRow>`
    WITH conversation AS (
      SELECT id, platform, oa_id, status FROM conversations
      WHERE org_id = ${orgId} AND id = ${conversationId}
      FOR NO KEY UPDATE
    ), message AS (
      INSERT INTO messages (
        org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, metadata,
        status, client_message_id, account_id, created_at, updated_at
      )
      SELECT ${orgId}::text, ${id}::uuid, id, platform, oa_id, 'out', ${message.senderId}::text,
        ${message.senderType}::text, ${text}::text, ${message.attachments}::jsonb, ${message.metadata}::jsonb,
        'queued', ${message.clientMessageId}::text, ${message.accountId}::uuid, ${now}::timestamptz, ${now}::timestamptz
      FROM conversation
      ON CONFLICT (org_id, conversation_id, client_message_id) DO NOTHING
      RETURNING ${columns}
    ), touched AS (
      UPDATE conversations c SET
        status = CASE WHEN c.status = 'pending' AND ${message.senderType}::text <> 'chatbot' THEN 'open' ELSE c.status END,
        updated_at = ${now}::timestamptz,
        ${asLastMessage({ id, direction: 'out', text, at: now })}
      FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
      RETURNING c.status
    ), recorded AS (${insertAuditEntry(orgId, message, 'message')})
    SELECT message.*, conversation.status AS status_before, touched.status AS status_after
    FROM message, conversation, touched`,
);

function messagesOf(database: Sql, orgId: string | RawBuilder<string>) {
  return database.selectFrom('messages').where('orgId', '=', orgId).select(MESSAGE_COLUMNS);
}
