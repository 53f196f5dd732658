import { Injectable } from '@nestjs/common';
import type { LabelModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';

@Injectable()
export class ConversationLabelsRepository extends OrgRepository {
  /** By name. */
  async of(conversationId: string): Promise<LabelModel[]> {
    const worn = await this.db.conversationLabel.findMany({ where: { ...this.mine, conversationId } });
    const ids = worn.map(({ labelId }) => labelId);
    return this.db.label.findMany({ where: { ...this.mine, id: { in: ids } }, orderBy: { name: 'asc' } });
  }

  /** Those of these that the organization has; they stay until the transaction ends. */
  async existing(ids: string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const { orgId } = this.mine;
    const labels = this.sql.selectFrom('labels').where('orgId', '=', orgId).where('id', 'in', ids).orderBy('id');
    return (await labels.select('id').forKeyShare().execute()).map(({ id }) => id);
  }

  async replace(conversationId: string, labelIds: string[]): Promise<void> {
    const others = { ...this.mine, conversationId, labelId: { notIn: labelIds } };
    await this.db.conversationLabel.deleteMany({ where: others });
    const data = labelIds.map((labelId) => ({ ...this.mine, conversationId, labelId }));
    await this.db.conversationLabel.createMany({ data, skipDuplicates: true });
  }
}
