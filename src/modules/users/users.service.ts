import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { isRole } from '../../platform/context/permissions.js';
import { Database } from '../../platform/database/database.js';
import { violatedConstraint } from '../../platform/database/database-errors.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toOffsetPage } from '../../platform/http/pagination.js';
import type { OffsetPage } from '../../platform/http/pagination.js';
import { hashPassword } from '../../platform/secrets/passwords.js';
import { assertAdminsRemain, assertMayManage } from './role-policy.js';
import { UserChanged } from './user.events.js';
import { toUserView } from './user.view.js';
import type { UserView } from './user.view.js';
import type { CreateUser, ListUsers, UpdateUser } from './users.dto.js';
import { UsersRepository } from './users.repository.js';
import type { UserStanding } from './users.repository.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListUsers): Promise<OffsetPage<UserView>> {
    const { rows, total } = await this.users.list(query);
    return toOffsetPage(rows, total, query, toUserView);
  }

  async get(id: string): Promise<UserView> {
    return toUserView(found(await this.users.find(id)));
  }

  /** The user as the next request needs them; undefined where there is none. */
  standing(id: string): Promise<UserStanding | undefined> {
    return this.users.standing(id);
  }

  /** The same of several, in one statement; of those that are there. */
  standings(ids: readonly string[]): Promise<UserStanding[]> {
    return this.users.standings(ids);
  }

  /** 409 `username_taken` or `email_taken` inside the organization. */
  async create(input: CreateUser): Promise<UserView> {
    assertMayManage(input.role);
    return this.insert(input);
  }

  /** Makes a user whose right to be made was decided elsewhere: an invitation, a sign-up, the command line. */
  async insert({ password, ...fields }: CreateUser): Promise<UserView> {
    const id = uuidv7();
    const row = {
      ...fields,
      id,
      accountId: id,
      createdBy: OrgContext.userId,
      passwordHash: await hashPassword(password),
    };
    return this.refusingTaken(() =>
      this.database.transaction(async () => {
        const created = await this.users.create(row);
        await this.events.publish(new UserChanged('created', id, changesBetween(null, fields)));
        return toUserView(created);
      }),
    );
  }

  async update(id: string, { password, ...fields }: UpdateUser): Promise<UserView> {
    const data = { ...fields, ...(password !== undefined && { passwordHash: await hashPassword(password) }) };
    const verb = password === undefined ? 'updated' : 'password_changed';
    return this.refusingTaken(() => this.change(id, data, verb));
  }

  async setPassword(id: string, password: string): Promise<UserView> {
    const passwordHash = await hashPassword(password);
    return this.database.transaction(async () => {
      const after = found(await this.users.update(id, { passwordHash }));
      await this.events.publish(new UserChanged('password_changed', id));
      return toUserView(after);
    });
  }

  async passwordHashOf(id: string): Promise<string> {
    return found(await this.users.find(id)).passwordHash;
  }

  deactivate(id: string): Promise<UserView> {
    return this.change(id, { isActive: false }, 'deactivated');
  }

  activate(id: string): Promise<UserView> {
    return this.change(id, { isActive: true }, 'activated');
  }

  private change(
    id: string,
    data: Omit<UpdateUser, 'password'> & { isActive?: boolean; passwordHash?: string },
    verb: UserChanged['verb'],
  ): Promise<UserView> {
    return this.database.transaction(async () => {
      const admins = await this.users.lockActiveAdmins();
      const before = found(await this.users.find(id));
      for (const role of [before.role, data.role]) if (role && isRole(role)) assertMayManage(role);
      const after = found(await this.users.update(id, data));
      assertAdminsRemain(after, admins);
      await this.events.publish(new UserChanged(verb, id, changesBetween(before, after)));
      return toUserView(after);
    });
  }

  private async refusingTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint?.includes('username'))
        throw new AppError('username_taken', 409, 'This username is in use here: choose another');
      if (constraint?.includes('email'))
        throw new AppError('email_taken', 409, 'This e-mail address is in use here: choose another');
      throw error;
    }
  }
}
