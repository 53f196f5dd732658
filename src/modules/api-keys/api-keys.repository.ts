import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { ApiKeyModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { OffsetQuery } from '../../platform/http/pagination.js';

const LAST_USED_STEP_MS = 60_000;

@Injectable()
export class ApiKeysRepository extends OrgRepository {
  async list({ limit: take, offset: skip }: OffsetQuery): Promise<{ rows: ApiKeyModel[]; total: number }> {
    const where = this.mine;
    const rows = await this.db.apiKey.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take, skip });
    return { rows, total: await this.db.apiKey.count({ where }) };
  }

  find(id: string): Promise<ApiKeyModel | null> {
    return this.db.apiKey.findFirst({ where: { ...this.mine, id } });
  }

  async create(
    row: Omit<Prisma.ApiKeyUncheckedCreateInput, 'orgId'>,
    keyHash: Buffer<ArrayBuffer>,
  ): Promise<ApiKeyModel> {
    const created = await this.db.apiKey.create({ data: { ...row, ...this.mine } });
    await this.addRoute(created.id, keyHash);
    return created;
  }

  async update(id: string, data: Prisma.ApiKeyUpdateManyMutationInput): Promise<ApiKeyModel | undefined> {
    return (await this.db.apiKey.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  /** The old secrets end at `oldEndsAt`, or sooner where they already did; the new one begins. */
  async rotate(apiKeyId: string, keyHash: Buffer<ArrayBuffer>, oldEndsAt: Date): Promise<void> {
    const old = { ...this.mine, apiKeyId };
    const later = { OR: [{ expiresAt: null }, { expiresAt: { gt: oldEndsAt } }] };
    await this.db.apiKeyRoute.deleteMany({ where: { ...old, expiresAt: { lte: new Date() } } });
    await this.db.apiKeyRoute.updateMany({ where: { ...old, ...later }, data: { expiresAt: oldEndsAt } });
    await this.addRoute(apiKeyId, keyHash);
  }

  async removeRoutes(apiKeyId: string): Promise<void> {
    await this.db.apiKeyRoute.deleteMany({ where: { ...this.mine, apiKeyId } });
  }

  /** At most once a minute a key, so that a busy partner does not become a write load. */
  async touch(id: string, now: Date): Promise<void> {
    const stale = { OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: new Date(now.getTime() - LAST_USED_STEP_MS) } }] };
    await this.db.apiKey.updateMany({ where: { ...this.mine, id, ...stale }, data: { lastUsedAt: now } });
  }

  private async addRoute(apiKeyId: string, keyHash: Buffer<ArrayBuffer>): Promise<void> {
    await this.db.apiKeyRoute.createMany({ data: [{ ...this.mine, apiKeyId, keyHash }] });
  }
}
