import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { CustomerProfile } from '../../channels/channel-events.js';
import type { ConnectedPage } from './connected-page.js';

/** A conversation that was made, and whether its customer was too. */
export interface Opened {
  id: string;
  customerId: string;
  isNewCustomer: boolean;
}

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
   * events concern this customer is not asked, only whether there are any. A chatbot that answers has the conversation first.
   */
  async open(page: ConnectedPage, customer: NewCustomer, at: Date): Promise<Opened | null> {
    const { orgId } = this.mine;
    const now = new Date();
    const { externalId, profile } = customer;
    const { rows } = await sql<Opened>`
      WITH customer AS (
        INSERT INTO customers (
          org_id, id, platform, external_id, display_name, avatar_url, phone, created_at, updated_at
        )
        VALUES (
          ${orgId}, ${uuidv7()}, ${page.platform}, ${externalId}, ${profile.displayName ?? null},
          ${profile.avatarUrl ?? null}, ${profile.phone ?? null}, ${now}, ${now}
        )
        ON CONFLICT (org_id, platform, external_id) DO UPDATE SET updated_at = customers.updated_at
        RETURNING id, created_at = ${now}::timestamptz AND xmax = 0 AS is_new
      ), bot AS (
        SELECT b.id FROM integrations i JOIN chatbots b ON b.org_id = ${orgId} AND b.id = i.chatbot_id
        WHERE i.org_id = ${orgId} AND i.id = ${page.id} AND b.is_active AND b.type IS NOT NULL
      ), opened AS (
        INSERT INTO conversations (
          org_id, id, platform, oa_id, customer_id, integration_id, chatbot_id, account_id,
          status, bot_since, has_early_events, last_activity_at, created_at, updated_at
        )
        SELECT ${orgId}::text, ${uuidv7()}::uuid, ${page.platform}::text, ${page.oaId}::text, customer.id,
          i.id, i.chatbot_id, i.account_id,
          CASE WHEN EXISTS (SELECT FROM bot) THEN 'pending' ELSE 'open' END,
          CASE WHEN EXISTS (SELECT FROM bot) THEN ${now}::timestamptz END,
          EXISTS (
            SELECT FROM channel_events e
            WHERE e.org_id = ${orgId} AND e.integration_id = ${page.id} AND e.awaited_message_id IS NOT NULL
          ),
          ${at}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
        FROM customer JOIN integrations i ON i.org_id = ${orgId} AND i.id = ${page.id}
        ON CONFLICT (org_id, platform, oa_id, customer_id) DO NOTHING
        RETURNING id
      )
      SELECT opened.id, customer.id AS customer_id, customer.is_new AS is_new_customer
      FROM opened, customer`.execute(this.sql);
    return rows[0] ?? null;
  }
}

/** Somebody of whom we may know nothing but how the provider calls them. */
export interface NewCustomer {
  externalId: string;
  profile: CustomerProfile;
}
