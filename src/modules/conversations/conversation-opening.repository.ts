import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ConnectedPage } from './connected-page.js';

/** Makes what a first message needs: the customer, and their conversation with the page. */
@Injectable()
export class ConversationOpeningRepository extends OrgRepository {
  /**
   * Returns the new conversation, or null where there is one already. The update that changes nothing is what makes Postgres
   * return, and lock, a customer who is there: of two first messages the second waits here for the first.
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
        last_activity_at, created_at, updated_at
      )
      SELECT ${orgId}::text, ${uuidv7()}::uuid, ${page.platform}::text, ${page.oaId}::text, customer.id,
        ${page.id}::uuid, ${page.chatbotId}::uuid, ${page.accountId}::uuid,
        ${at}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
      FROM customer
      ON CONFLICT (org_id, platform, oa_id, customer_id) DO NOTHING
      RETURNING id`.execute(this.sql);
    return rows[0] ?? null;
  }
}
