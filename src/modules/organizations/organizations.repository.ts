import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';

/** The calling organization itself. */
@Injectable()
export class OrganizationsRepository extends OrgRepository {
  find(): Promise<OrganizationModel | null> {
    return this.db.organization.findFirst({ where: { id: this.mine.orgId } });
  }

  async update(data: Prisma.OrganizationUpdateManyMutationInput): Promise<OrganizationModel | undefined> {
    await this.db.organization.updateMany({ where: { id: this.mine.orgId }, data });
    return (await this.find()) ?? undefined;
  }
}
