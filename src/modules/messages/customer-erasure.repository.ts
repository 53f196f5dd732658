import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { jsonb } from './inbox.statements.js';

/** Somebody who is to be forgotten, with all their conversations: locked, so that nothing arrives any more. */
export interface Leaving {
  id: string;
  conversationIds: string[];
}

/**
 * Every row that says something of one customer. Directly, although most tables are other modules': they stand to our right, and
 * to forget somebody is no decision of theirs.
 */
@Injectable()
export class CustomerErasureRepository extends OrgRepository {
  async lock(platform: string, externalId: string): Promise<Leaving | null> {
    const { orgId } = this.mine;
    const customers = this.sql.selectFrom('customers').where('orgId', '=', orgId).where('platform', '=', platform);
    const customer = await customers.where('externalId', '=', externalId).select('id').forUpdate().executeTakeFirst();
    if (!customer) return null;
    const conversations = this.sql.selectFrom('conversations').where('orgId', '=', orgId);
    const locked = await conversations.where('customerId', '=', customer.id).select('id').forUpdate().execute();
    return { id: customer.id, conversationIds: locked.map(({ id }) => id) };
  }

  /** What came about them beside messages, whoever's words it is in: it names them somewhere. */
  async forgetEvents(platform: string, externalId: string): Promise<void> {
    const { orgId } = this.mine;
    await sql`
      DELETE FROM channel_events WHERE org_id = ${orgId}
        AND integration_id IN (SELECT id FROM integrations WHERE org_id = ${orgId} AND platform = ${platform})
        AND jsonb_path_exists(payload, '$.** ? (@ == $id)', ${jsonb({ id: externalId })})`.execute(this.sql);
  }

  /** Returns the keys of their files, which are for somebody else to remove. */
  async erase({ id, conversationIds }: Leaving): Promise<string[]> {
    const { orgId } = this.mine;
    const files = await sql<{ key: string | null }>`
      DELETE FROM media_files WHERE org_id = ${orgId} AND message_id IN (
        SELECT id FROM messages WHERE org_id = ${orgId} AND conversation_id = ANY (${conversationIds}::uuid[]))
      RETURNING storage_key AS key`.execute(this.sql);
    const inConversations = (column: RawBuilder<unknown>) =>
      sql`org_id = ${orgId} AND ${column} = ANY (${conversationIds}::uuid[])`;
    const conversationId = sql.ref('conversation_id');
    for (const statement of [
      sql`DELETE FROM conversation_labels WHERE ${inConversations(conversationId)}`,
      sql`DELETE FROM conversation_participants WHERE ${inConversations(conversationId)}`,
      sql`DELETE FROM timeline_entries WHERE ${inConversations(conversationId)}`,
      sql`DELETE FROM messages WHERE ${inConversations(conversationId)}`,
      sql`DELETE FROM conversations WHERE ${inConversations(sql.ref('id'))}`,
      sql`DELETE FROM customer_names WHERE org_id = ${orgId} AND customer_id = ${id}`,
      sql`DELETE FROM customers WHERE org_id = ${orgId} AND id = ${id}`,
    ])
      await statement.execute(this.sql);
    return files.rows.map(({ key }) => key).filter((key) => key !== null);
  }
}
