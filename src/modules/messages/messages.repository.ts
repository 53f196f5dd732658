import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { positionOf } from '../../platform/http/pagination.js';
import type { CursorQuery } from '../../platform/http/pagination.js';
import { asLastMessage, jsonb } from './inbox.statements.js';
import { MESSAGE_COLUMNS } from './message.view.js';
import type { MessageRow } from './message.view.js';

export interface OutgoingMessage {
  text: string | null;
  attachments: object[];
  metadata: object;
  clientMessageId: string | null;
  senderId: string;
  senderType: 'user' | 'system';
  accountId: string | null;
}

const columns = sql.join(MESSAGE_COLUMNS.map((column) => sql.ref(column)));

@Injectable()
export class MessagesRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(conversationId: string, query: CursorQuery): Promise<MessageRow[]> {
    const from = positionOf(query);
    let messages = this.messages.where('conversationId', '=', conversationId);
    if (from)
      messages = messages.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('createdAt', 'id'), '<', tuple(from.at, from.id)),
      );
    return messages
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
  }

  async find(id: string): Promise<MessageRow | null> {
    return (await this.messages.where('id', '=', id).executeTakeFirst()) ?? null;
  }

  async findByClientMessageId(conversationId: string, clientMessageId: string): Promise<MessageRow | null> {
    const messages = this.messages.where('conversationId', '=', conversationId);
    return (await messages.where('clientMessageId', '=', clientMessageId).executeTakeFirst()) ?? null;
  }

  /** Null where there is no such conversation, or where it has a message of that `clientMessageId` already. */
  async queue(conversationId: string, message: OutgoingMessage): Promise<MessageRow | null> {
    const { orgId } = this.mine;
    const [id, now] = [uuidv7(), new Date()];
    const { rows } = await sql<MessageRow>`
      WITH conversation AS (
        SELECT id, platform, oa_id FROM conversations
        WHERE org_id = ${orgId} AND id = ${conversationId}
        FOR NO KEY UPDATE
      ), message AS (
        INSERT INTO messages (
          org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, metadata,
          status, client_message_id, account_id, created_at, updated_at
        )
        SELECT ${orgId}::text, ${id}::uuid, id, platform, oa_id, 'out', ${message.senderId}::text,
          ${message.senderType}::text, ${message.text}::text, ${jsonb(message.attachments)}, ${jsonb(message.metadata)},
          'queued', ${message.clientMessageId}::text, ${message.accountId}::uuid, ${now}::timestamptz, ${now}::timestamptz
        FROM conversation
        ON CONFLICT (org_id, conversation_id, client_message_id) DO NOTHING
        RETURNING ${columns}
      ), touched AS (
        UPDATE conversations c SET
          status = CASE c.status WHEN 'pending' THEN 'open' ELSE c.status END,
          updated_at = ${now}::timestamptz,
          ${asLastMessage({ id, direction: 'out', text: message.text, at: now })}
        FROM message WHERE c.org_id = ${orgId} AND c.id = message.conversation_id
      )
      SELECT * FROM message`.execute(this.sql);
    return rows[0] ?? null;
  }

  /** Null where there is no such message, or where it has not failed. */
  async requeue(id: string): Promise<MessageRow | null> {
    const { orgId } = this.mine;
    const requeued = await this.sql
      .updateTable('messages')
      .set({ status: 'queued', errorCode: null, errorMessage: null, updatedAt: new Date() })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('direction', '=', 'out')
      .where('status', '=', 'failed')
      .returning(MESSAGE_COLUMNS)
      .executeTakeFirst();
    return requeued ?? null;
  }

  private get messages() {
    return this.sql.selectFrom('messages').where('orgId', '=', this.mine.orgId).select(MESSAGE_COLUMNS);
  }
}
