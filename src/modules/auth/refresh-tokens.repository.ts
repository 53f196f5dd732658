import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import { OrgRepository } from '../../platform/database/org-repository.js';

export interface RefreshTokenRow {
  id: string;
  familyId: string;
  userId: string;
  boundOrgId: string | null;
  tokenHash: Buffer;
  isOver: boolean;
  isSpent: boolean;
}

@Injectable()
export class RefreshTokensRepository extends OrgRepository {
  async create(row: Omit<Prisma.RefreshTokenUncheckedCreateInput, 'orgId'>): Promise<void> {
    await this.db.refreshToken.createMany({ data: [{ ...row, ...this.mine }] });
  }

  /** Locked until the transaction ends: of two uses at once, the second sees a spent token. */
  async lock(id: string): Promise<RefreshTokenRow | undefined> {
    const row = await this.sql
      .selectFrom('refreshTokens')
      .where('orgId', '=', this.mine.orgId)
      .where('id', '=', id)
      .forUpdate()
      .select(['id', 'familyId', 'userId', 'boundOrgId', 'tokenHash', 'spentAt', 'revokedAt'])
      .select((is) => is('expiresAt', '<=', new Date().toISOString()).as('isOver'))
      .executeTakeFirst();
    return row && { ...row, isOver: Boolean(row.isOver), isSpent: row.spentAt !== null || row.revokedAt !== null };
  }

  async spend(id: string): Promise<void> {
    await this.db.refreshToken.updateMany({ where: { ...this.mine, id }, data: { spentAt: new Date() } });
  }

  async revokeFamily(familyId: string): Promise<void> {
    await this.db.refreshToken.updateMany({
      where: { ...this.mine, familyId, revokedAt: null },
      data: { revokedAt: new Date() },
    });
  }

  async revokeAllOf(userId: string): Promise<void> {
    await this.db.refreshToken.updateMany({
      where: { ...this.mine, userId, revokedAt: null },
      data: { revokedAt: new Date() },
    });
  }

  async removeExpired(userId: string): Promise<void> {
    await this.db.refreshToken.deleteMany({ where: { ...this.mine, userId, expiresAt: { lte: new Date() } } });
  }
}
