import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { InvitationModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { OffsetQuery } from '../../platform/http/pagination.js';

@Injectable()
export class InvitationsRepository extends OrgRepository {
  async list({ limit: take, offset: skip }: OffsetQuery): Promise<{ rows: InvitationModel[]; total: number }> {
    const where = this.mine;
    const rows = await this.db.invitation.findMany({
      where,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take,
      skip,
    });
    return { rows, total: await this.db.invitation.count({ where }) };
  }

  find(id: string): Promise<InvitationModel | null> {
    return this.db.invitation.findFirst({ where: { ...this.mine, id } });
  }

  create(data: Omit<Prisma.InvitationUncheckedCreateInput, 'orgId'>): Promise<InvitationModel> {
    return this.db.invitation.create({ data: { ...data, ...this.mine } });
  }

  /** The invitation as it is afterwards; undefined where it is gone, used, revoked or over: only one caller can win. */
  async close(id: string, as: { acceptedAt: Date } | { revokedAt: Date }): Promise<InvitationModel | undefined> {
    const open = { acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } };
    return (await this.db.invitation.updateManyAndReturn({ where: { ...this.mine, id, ...open }, data: as }))[0];
  }
}
