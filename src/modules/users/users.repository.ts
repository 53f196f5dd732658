import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { UserModel } from '../../platform/database/generated/prisma/models.js';
import type { Sql } from '../../platform/database/kysely-driver.js';
import { literal } from '../../platform/database/like-pattern.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Places } from '../../platform/database/prepared-statement.js';
import { RATE_LIMITS } from '../organizations/request-allowance.js';
import type { ListUsers } from './users.dto.js';

/** What every request asks about the user who makes it. */
export interface UserStanding {
  id: string;
  accountId: string;
  username: string;
  email: string | null;
  role: string;
  isActive: boolean;
  organizationIsActive: boolean;
  organizationTier: string;
  /** What its settings say of limits: see request-allowance.ts. */
  rateLimits: unknown;
}

@Injectable()
export class UsersRepository extends OrgRepository {
  async list(query: ListUsers): Promise<{ rows: UserModel[]; total: number }> {
    const where = { ...this.mine, ...filters(query) };
    const orderBy: Prisma.UserOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }];
    const rows = await this.db.user.findMany({ where, orderBy, take: query.limit, skip: query.offset });
    return { rows, total: await this.db.user.count({ where }) };
  }

  find(id: string): Promise<UserModel | null> {
    return this.db.user.findFirst({ where: { ...this.mine, id } });
  }

  /** One statement, because every request waits for it. */
  async standing(id: string): Promise<UserStanding | undefined> {
    return (await this.rows(standing, { ...this.mine, id }))[0];
  }

  /** The same of several. */
  standings(ids: readonly string[]): Promise<UserStanding[]> {
    return this.rows(standings, { ...this.mine, ids });
  }

  create(data: Omit<Prisma.UserUncheckedCreateInput, 'orgId'>): Promise<UserModel> {
    return this.db.user.create({ data: { ...data, ...this.mine } });
  }

  async update(id: string, data: Prisma.UserUpdateManyMutationInput): Promise<UserModel | undefined> {
    return (await this.db.user.updateManyAndReturn({ where: { ...this.mine, id }, data }))[0];
  }

  /** Locks the active admins against each other's removal. */
  lockActiveAdmins(): Promise<{ id: string; role: string }[]> {
    const { orgId } = this.mine;
    return this.sql
      .selectFrom('users')
      .where('orgId', '=', orgId)
      .where('role', 'in', ['admin', 'super_admin'])
      .where('isActive', '=', true)
      .orderBy('id')
      .forUpdate()
      .select(['id', 'role'])
      .execute();
  }
}

function filters({ role, isActive, search }: ListUsers): Prisma.UserWhereInput {
  const contains = { contains: literal(search ?? ''), mode: 'insensitive' as const };
  return {
    ...(role !== undefined && { role }),
    ...(isActive !== undefined && { isActive }),
    ...(search !== undefined && { OR: [{ username: contains }, { email: contains }, { name: contains }] }),
  };
}

const standing = new PreparedStatement((database, { orgId, id }: Places<{ orgId: string; id: string }>) =>
  standingsIn(database, orgId).where('u.id', '=', id),
);

const standings = new PreparedStatement((database, { orgId, ids }: Places<{ orgId: string; ids: readonly string[] }>) =>
  standingsIn(database, orgId).where('u.id', '=', sql<string>`ANY (${ids}::uuid[])`),
);

function standingsIn(database: Sql, orgId: RawBuilder<string>) {
  return database
    .selectFrom('users as u')
    .innerJoin('organizations as o', 'o.id', 'u.orgId')
    .where('u.orgId', '=', orgId)
    .where('o.id', '=', orgId)
    .select([
      'u.id',
      'u.accountId',
      'u.username',
      'u.email',
      'u.role',
      'u.isActive',
      'o.isActive as organizationIsActive',
      'o.tier as organizationTier',
      sql<unknown>`o.settings -> ${sql.lit(RATE_LIMITS)}`.as('rateLimits'),
    ]);
}
