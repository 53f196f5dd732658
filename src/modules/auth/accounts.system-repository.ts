import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { Login } from './auth.dto.js';

const MOST_CANDIDATES = 20;

/** An account that a sign-in may mean. */
export interface Account {
  userId: string;
  username: string;
  email: string | null;
  role: string;
  orgId: string;
  passwordHash: string;
  organizationName: string;
  organizationDisplayName: string | null;
  organizationIsActive: boolean;
}

/** Finds accounts before the organization is known: an e-mail address is unique only inside one. */
@Injectable()
export class AccountsSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Active accounts of that e-mail or username, in one organization where it is named. */
  find(login: Login): Promise<Account[]> {
    const { organization } = login;
    let query = this.named(login);
    if (organization !== undefined)
      query = query.where((or) => or.or([or('o.id', '=', organization), or('o.name', '=', organization)]));
    return query
      .select(['u.id as userId', 'u.username', 'u.email', 'u.role', 'u.orgId', 'u.passwordHash'])
      .select([
        'o.name as organizationName',
        'o.displayName as organizationDisplayName',
        'o.isActive as organizationIsActive',
      ])
      .orderBy('u.createdAt')
      .limit(MOST_CANDIDATES)
      .execute();
  }

  /** How many active accounts have that e-mail or username, in all organizations. */
  async count(login: Login): Promise<number> {
    const { count } = await this.named(login)
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  private named({ email, username }: Login) {
    const name = (email ?? username ?? '').trim();
    return this.database.sql
      .selectFrom('users as u')
      .innerJoin('organizations as o', 'o.id', 'u.orgId')
      .where(email === undefined ? 'u.username' : 'u.email', 'in', [name, name.toLowerCase()])
      .where('u.isActive', '=', true);
  }
}
