import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { violatedConstraint } from '../../platform/database/database-errors.js';
import { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toOffsetPage } from '../../platform/http/pagination.js';
import type { OffsetPage } from '../../platform/http/pagination.js';
import { assertAssignment } from './assignment-rule.js';
import { assertNotDefault } from './default-organization.js';
import { newId, toName } from './organization-naming.js';
import { OrganizationChanged } from './organization.events.js';
import { toOrganizationView } from './organization.view.js';
import type { OrganizationStatsView, OrganizationView } from './organization.view.js';
import type {
  CreateOrganization,
  ListOrganizations,
  UpdateCurrentOrganization,
  UpdateOrganization,
} from './organizations.dto.js';
import { assertOverrides, keepingOverrides } from './request-allowance.js';
import { OrganizationsRepository } from './organizations.repository.js';
import { OrganizationsSystemRepository } from './organizations.system-repository.js';

@Injectable()
export class OrganizationsService {
  constructor(
    private readonly own: OrganizationsRepository,
    private readonly all: OrganizationsSystemRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListOrganizations): Promise<OffsetPage<OrganizationView>> {
    const { rows, total } = await this.all.list(query);
    return toOffsetPage(rows, total, query, toOrganizationView);
  }

  async get(id: string): Promise<OrganizationView> {
    return toOrganizationView(await this.visible(id));
  }

  async current(): Promise<OrganizationView> {
    return toOrganizationView(found(await this.own.find()));
  }

  async stats(id: string): Promise<OrganizationStatsView> {
    const organization = toOrganizationView(await this.visible(id));
    return { organization, stats: await this.all.count(id) };
  }

  async exists(id: string): Promise<boolean> {
    return (await this.all.find(id)) !== null;
  }

  /** For credentials that are bound to another organization than the caller's home. */
  async isActive(id: string): Promise<boolean> {
    return (await this.all.find(id))?.isActive ?? false;
  }

  /** 409 `name_taken` where the name is in use. */
  async create(input: CreateOrganization): Promise<OrganizationView> {
    assertOverrides(input.settings);
    assertAssignment(input.settings);
    return this.refusingTakenNames(input.name, () => this.all.transaction(() => this.insert(newId(), input)));
  }

  /** A stranger's organization and whatever `andThen` adds to it, together. */
  signUp<T>(displayName: string, andThen: () => Promise<T>): Promise<T> {
    const id = newId();
    const name = toName(displayName);
    const work = () => this.all.transaction(async () => (await this.insert(id, { name, displayName })) && andThen());
    return this.refusingTakenNames(name, () => OrgContext.runAsSystem(id, 'sign-up', work));
  }

  async update(id: string, input: UpdateOrganization): Promise<OrganizationView> {
    if (input.isActive === false) assertNotDefault(id, 'deactivated');
    assertOverrides(input.settings);
    assertAssignment(input.settings);
    return this.refusingTakenNames(input.name, () =>
      this.all.transaction(async () => {
        const before = found(await this.all.find(id));
        const after = found(await this.all.update(id, toRow(input)));
        await this.events.publish(new OrganizationChanged('updated', id, changesBetween(before, after)));
        return toOrganizationView(after);
      }),
    );
  }

  async updateCurrent(input: UpdateCurrentOrganization): Promise<OrganizationView> {
    assertAssignment(input.settings);
    return this.database.transaction(async () => {
      const before = found(await this.own.find());
      const settings = input.settings && keepingOverrides(before.settings, input.settings);
      const after = found(await this.own.update(toRow({ ...input, settings })));
      await this.events.publish(new OrganizationChanged('updated', after.id, changesBetween(before, after)));
      return toOrganizationView(after);
    });
  }

  private async insert(id: string, input: CreateOrganization): Promise<OrganizationView> {
    const created = await this.all.create({ ...toRow(input), name: input.name, id, createdBy: OrgContext.actor.id });
    await this.events.publish(new OrganizationChanged('created', id, changesBetween(null, input)));
    return toOrganizationView(created);
  }

  /** Members see their own organization; the platform sees all. Anything else does not exist. */
  private async visible(id: string): Promise<OrganizationModel> {
    const seesAll = OrgContext.actor.permissions.has('organizations:read');
    if (seesAll) return found(await this.all.find(id));
    return found(id === OrgContext.orgId ? await this.own.find() : null);
  }

  private async refusingTakenNames<T>(name: string | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (violatedConstraint(error) === 'organization_names_pkey')
        throw new AppError('name_taken', 409, `The name ${name} is in use: choose another`);
      throw error;
    }
  }
}

function toRow<T extends UpdateOrganization>({ settings, features, ...plain }: T) {
  return {
    ...plain,
    ...(settings && { settings: settings as Prisma.InputJsonObject }),
    ...(features && { features }),
  };
}
