import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { OrgRepository } from '../../platform/database/org-repository.js';

/** Whom a signal reaches. */
export interface SignalTarget {
  platform: string;
  integrationId: string;
  customerExternalId: string;
  /** The provider's id of the newest message that the customer wrote. */
  providerMessageId: string | null;
}

@Injectable()
export class SignalsRepository extends OrgRepository {
  /** Null where there is no such conversation, or its page cannot be reached now. */
  async find(conversationId: string): Promise<SignalTarget | null> {
    const { orgId } = this.mine;
    const { rows } = await sql<SignalTarget>`
      SELECT c.platform, i.id AS "integrationId", p.external_id AS "customerExternalId",
        (SELECT m.provider_message_id FROM messages m
          WHERE m.org_id = ${orgId} AND m.conversation_id = c.id AND m.direction = 'in'
          ORDER BY m.created_at DESC, m.id DESC LIMIT 1) AS "providerMessageId"
      FROM conversations c
      JOIN customers p ON p.org_id = ${orgId} AND p.id = c.customer_id
      JOIN integrations i ON i.org_id = ${orgId} AND i.id = c.integration_id
      WHERE c.org_id = ${orgId} AND c.id = ${conversationId} AND i.is_active AND i.status = 'connected'`.execute(
      this.sql,
    );
    return rows[0] ?? null;
  }
}
