import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { LabelModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { olderThan, positionOf } from '../../platform/http/pagination.js';
import type { ListLabels } from './labels.dto.js';

@Injectable()
export class LabelsRepository extends OrgRepository {
  /** Newest first, one row more than the limit. */
  list(query: ListLabels): Promise<LabelModel[]> {
    const from = positionOf(query);
    const older = olderThan(from);
    return this.db.label.findMany({
      where: { ...this.mine, ...older },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit + 1,
    });
  }

  find(id: string): Promise<LabelModel | null> {
    return this.db.label.findFirst({ where: { ...this.mine, id } });
  }

  create(data: Omit<Prisma.LabelUncheckedCreateInput, 'orgId'>): Promise<LabelModel> {
    return this.db.label.create({ data: { ...data, ...this.mine } });
  }

  async update(id: string, data: Prisma.LabelUpdateManyMutationInput): Promise<LabelModel | undefined> {
    return (await this.db.label.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  /** From here until the transaction ends no conversation can begin to have it: a foreign key to it waits for this lock. */
  async lock(id: string): Promise<void> {
    const { orgId } = this.mine;
    const labels = this.sql.selectFrom('labels').where('orgId', '=', orgId).where('id', '=', id);
    await labels.forUpdate().select('id').execute();
  }

  /** Takes it off the conversations that have it, and removes it. */
  async remove(id: string): Promise<void> {
    await this.db.conversationLabel.deleteMany({ where: { ...this.mine, labelId: id } });
    await this.db.label.deleteMany({ where: { ...this.mine, id } });
  }
}
