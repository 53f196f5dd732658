import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from './connected-page.js';

/** Makes what a first message needs: the customer, and their conversation with the page. */
@Injectable()
export class ConversationOpeningRepository extends OrgRepository {
  /**
   * Until the transaction ends nobody else opens this customer's conversation with the page. There is no row yet to lock, so
   * it is a name that is locked.
   */
  async lock({ platform, oaId }: ConnectedPage, customerExternalId: string): Promise<void> {
    const name = JSON.stringify([this.mine.orgId, platform, oaId, customerExternalId]);
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(this.sql);
  }

  /**
   * Returns the new conversation, or null where there is one already. The update that changes nothing is what makes Postgres
   * return, and lock, a customer who is there: they may be writing to another page at this moment. Which of the page's early
   * events concern this customer is not asked, only whether there are any.
   */
  async open(page: ConnectedPage, customerExternalId: string, at: Date): Promise<{ id: string } | null> {
    const { orgId } = this.mine;
    const now = new Date();
    const { rows } = await sql<{ id: string }>`
      WITH customer AS (
        INSERT INTO customers (org_id, id, platform, external_id, created_at, updated_at)
        VALUES (${orgId}, ${uuidv7()}, ${page.platform}, ${customerExternalId}, ${now}, ${now})
        ON CONFLICT (org_id, platform, external_id) DO UPDATE SET updated_at = customers.updated_at
        RETURNING id
      )
      INSERT INTO conversations (
        org_id, id, platform, oa_id, customer_id, integration_id, chatbot_id, account_id,
        has_early_events, last_activity_at, created_at, updated_at
      )
      SELECT ${orgId}::text, ${uuidv7()}::uuid, ${page.platform}::text, ${page.oaId}::text, customer.id,
        i.id, i.chatbot_id, i.account_id,
        EXISTS (
          SELECT FROM channel_events e
          WHERE e.org_id = ${orgId} AND e.integration_id = ${page.id} AND e.awaited_message_id IS NOT NULL
        ),
        ${at}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
      FROM customer JOIN integrations i ON i.org_id = ${orgId} AND i.id = ${page.id}
      ON CONFLICT (org_id, platform, oa_id, customer_id) DO NOTHING
      RETURNING id`.execute(this.sql);
    return rows[0] ?? null;
  }
}
