import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { MessageDeleted, MessageEdited, MessageReacted } from '../../channels/channel.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { jsonb } from './inbox.statements.js';

/** What changes of a message `m`, and when it does. */
interface Amendment {
  set: RawBuilder<unknown>;
  where: RawBuilder<unknown>;
}

/**
 * What happens to a message after it was written. All answer whether the message is known; what came too late, or twice,
 * changes nothing.
 */
@Injectable()
export class AmendmentsRepository extends OrgRepository {
  /** The newest reaction of each reactor stands, also where it is that there is none any more. */
  async react(page: ConnectedPage, event: MessageReacted): Promise<boolean> {
    const { reactorId, emoji } = event;
    const at = event.occurredAt.toISOString();
    const others = sql`(coalesce(m.metadata -> 'reactions', '{}') - ${reactorId}::text)`;
    const reactions = emoji === null ? others : sql`${others} || ${jsonb({ [reactorId]: emoji })}`;
    const times = sql`coalesce(m.metadata -> 'reactedAt', '{}') || ${jsonb({ [reactorId]: at })}`;
    return this.amend(page, event.providerMessageId, {
      set: sql`metadata = m.metadata || jsonb_build_object('reactions', ${reactions}, 'reactedAt', ${times})`,
      where: sql`coalesce(m.metadata -> 'reactedAt' ->> ${reactorId}::text < ${at}::text, true)`,
    });
  }

  /** A message that was taken back stays so. */
  async edit(page: ConnectedPage, event: MessageEdited): Promise<boolean> {
    const { text, revision } = event;
    const edits = jsonb({ edits: { revision, at: event.occurredAt.toISOString() } });
    return this.rewrite(page, event.providerMessageId, text, {
      set: sql`text = ${text}::text, metadata = m.metadata || ${edits}`,
      where: sql`coalesce((m.metadata -> 'edits' ->> 'revision')::integer < ${revision}::integer, true)
        AND m.metadata -> 'deletedAt' IS NULL`,
    });
  }

  async remove(page: ConnectedPage, event: MessageDeleted): Promise<boolean> {
    const deletedAt = jsonb({ deletedAt: event.occurredAt.toISOString() });
    return this.rewrite(page, event.providerMessageId, null, {
      set: sql`text = NULL, attachments = '[]', metadata = m.metadata || ${deletedAt}`,
      where: sql`m.metadata -> 'deletedAt' IS NULL`,
    });
  }

  private async amend(page: ConnectedPage, providerMessageId: string, { set, where }: Amendment): Promise<boolean> {
    const { orgId } = this.mine;
    const { rows } = await sql`
      WITH message AS (
        SELECT id FROM messages
        WHERE org_id = ${orgId} AND platform = ${page.platform} AND oa_id = ${page.oaId}
          AND provider_message_id = ${providerMessageId}
        FOR NO KEY UPDATE
      ), amended AS (
        UPDATE messages m SET ${set}, updated_at = ${new Date()}::timestamptz
        FROM message WHERE m.org_id = ${orgId} AND m.id = message.id AND ${where}
      )
      SELECT id FROM message`.execute(this.sql);
    return rows.length > 0;
  }

  /** Where it is the last message of its conversation, the inbox shows the new text too. */
  private async rewrite(
    page: ConnectedPage,
    providerMessageId: string,
    text: string | null,
    { set, where }: Amendment,
  ): Promise<boolean> {
    const { orgId } = this.mine;
    const now = new Date();
    const { rows } = await sql`
      WITH conversation AS (
        SELECT c.id FROM messages m JOIN conversations c ON c.org_id = ${orgId} AND c.id = m.conversation_id
        WHERE m.org_id = ${orgId} AND m.platform = ${page.platform} AND m.oa_id = ${page.oaId}
          AND m.provider_message_id = ${providerMessageId}
        FOR NO KEY UPDATE OF c
      ), before AS (
        SELECT m.id, m.conversation_id, m.direction, m.text, m.created_at
        FROM messages m JOIN conversation ON conversation.id = m.conversation_id
        WHERE m.org_id = ${orgId} AND m.platform = ${page.platform} AND m.oa_id = ${page.oaId}
          AND m.provider_message_id = ${providerMessageId}
        FOR NO KEY UPDATE OF m
      ), amended AS (
        UPDATE messages m SET ${set}, updated_at = ${now}::timestamptz
        FROM before WHERE m.org_id = ${orgId} AND m.id = before.id AND ${where}
        RETURNING m.id
      ), shown AS (
        UPDATE conversations c SET last_message_text = ${text}::text, updated_at = ${now}::timestamptz
        FROM before JOIN amended ON amended.id = before.id
        WHERE c.org_id = ${orgId} AND c.id = before.conversation_id AND c.last_message_created_at = before.created_at
          AND c.last_message_direction = before.direction AND c.last_message_text IS NOT DISTINCT FROM before.text
      )
      SELECT id FROM before`.execute(this.sql);
    return rows.length > 0;
  }
}
