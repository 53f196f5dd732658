import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { ListIntegrations } from './integrations.dto.js';

/** A page as its provider names it. */
export interface Page {
  platform: string;
  oaId: string;
}

@Injectable()
export class IntegrationsRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(query: ListIntegrations): Promise<IntegrationModel[]> {
    return this.db.integration.findMany({
      where: { ...this.mine, ...filters(query) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<IntegrationModel | null> {
    return this.db.integration.findFirst({ where: { ...this.mine, id } });
  }

  findConnected({ platform, oaId }: Page): Promise<IntegrationModel | null> {
    return this.db.integration.findFirst({ where: { ...this.mine, platform, oaId, isActive: true } });
  }

  /** Changes of one integration wait for each other; messages that refer to it do not. */
  async lock(id: string): Promise<IntegrationModel | null> {
    const { orgId } = this.mine;
    const rows = this.sql.selectFrom('integrations').where('orgId', '=', orgId).where('id', '=', id);
    await rows.forNoKeyUpdate().select('id').execute();
    return this.find(id);
  }

  async lockPage({ platform, oaId }: Page): Promise<IntegrationModel | null> {
    const page = await this.db.integration.findFirst({ where: { ...this.mine, platform, oaId }, select: { id: true } });
    return page && this.lock(page.id);
  }

  create(data: Omit<Prisma.IntegrationUncheckedCreateInput, 'orgId'>): Promise<IntegrationModel> {
    return this.db.integration.create({ data: { ...data, ...this.mine } });
  }

  async update(
    id: string,
    data: Omit<Prisma.IntegrationUncheckedUpdateManyInput, 'orgId' | 'id'>,
  ): Promise<IntegrationModel | undefined> {
    return (await this.db.integration.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  async hasChatbot(id: string): Promise<boolean> {
    return (await this.db.chatbot.findFirst({ where: { ...this.mine, id }, select: { id: true } })) !== null;
  }

  /**
   * Makes the page ours alone, among all organizations; false where somebody owns it. Waits for whoever is claiming or
   * releasing it at this moment. Kysely, because Prisma's upsert would want to see the other owner's row.
   */
  async claim({ platform, oaId }: Page, integrationId: string): Promise<boolean> {
    const { orgId } = this.mine;
    const claimed = await this.sql
      .insertInto('channelRoutes')
      .values({ platform, externalId: oaId, orgId, integrationId })
      .onConflict((conflict) => conflict.columns(['platform', 'externalId']).doNothing())
      .returning('integrationId')
      .executeTakeFirst();
    return claimed !== undefined;
  }

  async owns({ platform, oaId }: Page): Promise<boolean> {
    return (await this.db.channelRoute.count({ where: { ...this.mine, platform, externalId: oaId } })) > 0;
  }

  async release(integrationId: string): Promise<void> {
    await this.db.channelRoute.deleteMany({ where: { ...this.mine, integrationId } });
  }
}

function filters(query: ListIntegrations): Prisma.IntegrationWhereInput {
  const { platform, chatbotId, isActive } = query;
  const from = positionOf(query);
  return {
    ...(platform !== undefined && { platform }),
    ...(chatbotId !== undefined && { chatbotId }),
    ...(isActive !== undefined && { isActive }),
    ...olderThan(from),
  };
}
