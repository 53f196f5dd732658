import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';
import { literal } from '../../platform/database/like-pattern.js';
import { DIRECTORY_TABLES } from '../../platform/database/shared-tables.js';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { TENANT_TABLES } from '../../platform/database/tenant-models.js';
import type { TenantTable } from '../../platform/database/tenant-models.js';
import type { OrganizationCounts } from './organization.view.js';
import type { ListOrganizations } from './organizations.dto.js';

const BATCH_ROWS = 5_000;

type OrganizationChanges = Prisma.OrganizationUpdateManyMutationInput & { name?: string };

/** All organizations, for the platform: the super admin's list, making and erasing them. */
@Injectable()
export class OrganizationsSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.database.transaction(work);
  }

  async list(query: ListOrganizations): Promise<{ rows: OrganizationModel[]; total: number }> {
    const where = toWhere(query);
    const { limit: take, offset: skip } = query;
    const orderBy: Prisma.OrganizationOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }];
    const rows = await this.database.prisma.organization.findMany({ where, orderBy, take, skip });
    return { rows, total: await this.database.prisma.organization.count({ where }) };
  }

  find(id: string): Promise<OrganizationModel | null> {
    return this.database.prisma.organization.findFirst({ where: { id } });
  }

  /** Call in a transaction. A name that is another's violates `organization_names_pkey`. */
  async create(data: Prisma.OrganizationCreateInput): Promise<OrganizationModel> {
    await this.takeName(data.id, data.name);
    return this.database.prisma.organization.create({ data });
  }

  /** As {@link create}. */
  async update(id: string, data: OrganizationChanges): Promise<OrganizationModel | undefined> {
    if (data.name !== undefined) await this.takeName(id, data.name);
    return (await this.database.prisma.organization.updateManyAndReturn({ where: { id }, data }))[0];
  }

  /** False where it is gone already, or active again. */
  async remove(id: string): Promise<boolean> {
    const { count } = await this.database.prisma.organization.deleteMany({ where: { id, isActive: false } });
    return count > 0;
  }

  async count(orgId: string): Promise<OrganizationCounts> {
    const where = { orgId };
    const { user, integration, chatbot, customer, conversation, message } = this.database.prisma;
    const counters = [user, integration, chatbot, customer, conversation, message].map((model) =>
      countOf(model, where),
    );
    const [
      totalUsers = 0,
      totalIntegrations = 0,
      totalChatbots = 0,
      totalCustomers = 0,
      totalConversations = 0,
      totalMessages = 0,
    ] = await Promise.all(counters);
    return { totalUsers, totalIntegrations, totalChatbots, totalCustomers, totalConversations, totalMessages };
  }

  /** Removes every row of an organization, children first, in batches that each commit: no long locks. Stops where it is activated again. Rows by table. */
  async erase(orgId: string): Promise<Record<string, number>> {
    const removed: Record<string, number> = {};
    for (const table of TENANT_TABLES)
      removed[table] = DIRECTORY_TABLES.includes(table)
        ? await this.eraseDirectory(table, orgId)
        : await this.eraseTable(table, orgId);
    return removed;
  }

  /** Every machine of a cluster has directories, and one has the organization: no statement can both read it and write them. */
  private eraseDirectory(table: TenantTable, orgId: string): Promise<number> {
    return this.transaction(async () => {
      const text = 'SELECT id FROM organizations WHERE id = $1 AND NOT is_active FOR SHARE';
      const { rowCount } = await this.database.pool.run({ text, values: [orgId] });
      if (rowCount === 0) return 0;
      const erased = await this.database.pool.run({ text: `DELETE FROM ${table} WHERE org_id = $1`, values: [orgId] });
      return erased.rowCount ?? 0;
    });
  }

  private async takeName(orgId: string, name: string): Promise<void> {
    await this.database.sql
      .insertInto('organizationNames')
      .values({ orgId, name })
      .onConflict((conflict) => conflict.column('orgId').doUpdateSet({ name }))
      .execute();
  }

  private async eraseTable(table: TenantTable, orgId: string): Promise<number> {
    const text = `DELETE FROM ${table} WHERE org_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE org_id = $1 LIMIT ${BATCH_ROWS})) AND EXISTS (SELECT FROM organizations WHERE id = $1 AND NOT is_active)`;
    let total = 0;
    for (;;) {
      const { rowCount } = await this.database.pool.run({ text, values: [orgId] });
      total += rowCount ?? 0;
      if ((rowCount ?? 0) < BATCH_ROWS) return total;
    }
  }
}

function countOf(
  model: { count(args: { where: { orgId: string } }): Promise<number> },
  where: { orgId: string },
): Promise<number> {
  return model.count({ where });
}

function toWhere({ isActive, tier, search }: ListOrganizations): Prisma.OrganizationWhereInput {
  const contains = { contains: literal(search ?? ''), mode: 'insensitive' as const };
  return {
    ...(isActive !== undefined && { isActive }),
    ...(tier !== undefined && { tier }),
    ...(search !== undefined && { OR: [{ name: contains }, { displayName: contains }, { email: contains }] }),
  };
}
