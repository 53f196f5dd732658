import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { MessageDeleted, MessageEdited, MessageReacted } from '../../channels/channel-events.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { conversationOf, jsonb } from './inbox.statements.js';

/** What happens to a message after it was written. */
export type Amending = MessageReacted | MessageEdited | MessageDeleted;

export interface Amended {
  id: string;
  conversationId: string;
  isChanged: boolean;
}

/** What changes of a message `m`, when it does, and what the inbox shows of it then. */
interface Amendment {
  set: RawBuilder<unknown>;
  where: RawBuilder<unknown>;
  preview: RawBuilder<unknown>;
}

/** Does to messages what happened to them. What comes too late, or twice, changes nothing, so that any order ends alike. */
@Injectable()
export class AmendmentsRepository extends OrgRepository {
  /** Until the transaction ends no message arrives in the conversation. False where there is none. */
  async lock(page: ConnectedPage, customerExternalId: string): Promise<boolean> {
    const conversation = conversationOf(this.mine.orgId, page, customerExternalId);
    const { rows } = await sql`WITH ${conversation} SELECT id FROM conversation`.execute(this.sql);
    return rows.length > 0;
  }

  /**
   * Null where the message is not known; its id where it is, and whether this changed it. Where it is the last one of its
   * conversation, the inbox shows its new text too.
   */
  async amend(page: ConnectedPage, event: Amending): Promise<Amended | null> {
    const { orgId } = this.mine;
    const now = new Date();
    const { set, where, preview } = amendmentOf(event);
    const { rows } = await sql<Amended>`
      WITH message AS (
        SELECT id, conversation_id FROM messages
        WHERE org_id = ${orgId} AND platform = ${page.platform} AND oa_id = ${page.oaId}
          AND provider_message_id = ${event.providerMessageId}
        FOR NO KEY UPDATE
      ), amended AS (
        UPDATE messages m SET ${set}, updated_at = ${now}::timestamptz
        FROM message WHERE m.org_id = ${orgId} AND m.id = message.id AND ${where}
        RETURNING m.id, m.conversation_id
      ), shown AS (
        UPDATE conversations c SET last_message_text = ${preview}, updated_at = ${now}::timestamptz
        FROM amended
        WHERE c.org_id = ${orgId} AND c.id = amended.conversation_id AND c.last_message_id = amended.id
      )
      SELECT id, conversation_id AS "conversationId", EXISTS (SELECT FROM amended) AS "isChanged"
      FROM message`.execute(this.sql);
    return rows[0] ?? null;
  }

  /** Tells whoever brings the conversation's next messages to ask what happened to them already. */
  async awaitMessages(page: ConnectedPage, customerExternalId: string): Promise<void> {
    const { orgId } = this.mine;
    await sql`
      WITH ${conversationOf(orgId, page, customerExternalId)}
      UPDATE conversations c SET has_early_events = true
      FROM conversation WHERE c.org_id = ${orgId} AND c.id = conversation.id AND NOT c.has_early_events`.execute(
      this.sql,
    );
  }
}

function amendmentOf(event: Amending): Amendment {
  switch (event.kind) {
    case 'message.reacted':
      return reaction(event);
    case 'message.edited':
      return edit(event);
    case 'message.deleted':
      return deletion(event);
  }
}

/** The newest reaction of each reactor stands, also where it is that there is none any more. */
function reaction({ reactorId, emoji, occurredAt }: MessageReacted): Amendment {
  const at = occurredAt.toISOString();
  const others = sql`(coalesce(m.metadata -> 'reactions', '{}') - ${reactorId}::text)`;
  const reactions = emoji === null ? others : sql`${others} || ${jsonb({ [reactorId]: emoji })}`;
  const times = sql`coalesce(m.metadata -> 'reactedAt', '{}') || ${jsonb({ [reactorId]: at })}`;
  return {
    set: sql`metadata = m.metadata || jsonb_build_object('reactions', ${reactions}, 'reactedAt', ${times})`,
    where: sql`coalesce(m.metadata -> 'reactedAt' ->> ${reactorId}::text < ${at}::text, true)`,
    preview: sql`c.last_message_text`,
  };
}

/** A message that was taken back stays so. */
function edit({ text, revision, occurredAt }: MessageEdited): Amendment {
  const edits = jsonb({ edits: { revision, at: occurredAt.toISOString() } });
  return {
    set: sql`text = ${text}::text, metadata = m.metadata || ${edits}`,
    where: sql`coalesce((m.metadata -> 'edits' ->> 'revision')::integer < ${revision}::integer, true)
      AND m.metadata -> 'deletedAt' IS NULL`,
    preview: sql`${text}::text`,
  };
}

function deletion({ occurredAt }: MessageDeleted): Amendment {
  const deletedAt = jsonb({ deletedAt: occurredAt.toISOString() });
  return {
    set: sql`text = NULL, attachments = '[]', metadata = m.metadata || ${deletedAt}`,
    where: sql`m.metadata -> 'deletedAt' IS NULL`,
    preview: sql`NULL::text`,
  };
}
