import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { ChatbotModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';

@Injectable()
export class AnsweringBotsRepository extends OrgRepository {
  async hasAny(): Promise<boolean> {
    return (
      (await this.db.chatbot.findFirst({ where: { ...this.mine, type: { not: null } }, select: { id: true } })) !== null
    );
  }

  find(id: string): Promise<ChatbotModel | null> {
    return this.db.chatbot.findFirst({ where: { ...this.mine, type: { not: null }, id } });
  }

  async spentOn(id: string, day: string): Promise<number> {
    const { orgId } = this.mine;
    const chatbots = this.sql.selectFrom('chatbots').where('orgId', '=', orgId).where('id', '=', id);
    const row = await chatbots
      .where(sql<boolean>`tokens_day = ${day}::date`)
      .select('tokensSpent')
      .executeTakeFirst();
    return row?.tokensSpent ?? 0;
  }

  /** On another day than the last it begins anew. */
  async spend(id: string, day: string, tokens: number): Promise<void> {
    const { orgId } = this.mine;
    await sql`
      UPDATE chatbots SET
        tokens_spent = least(2000000000, ${tokens}::bigint + CASE WHEN tokens_day = ${day}::date THEN tokens_spent ELSE 0 END),
        tokens_day = ${day}::date
      WHERE org_id = ${orgId} AND id = ${id}`.execute(this.sql);
  }
}
