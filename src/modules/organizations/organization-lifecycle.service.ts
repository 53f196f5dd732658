import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Erasures } from '../../platform/events/erasures.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { WaitingJobs } from '../../platform/jobs/waiting-jobs.js';
import { assertNotDefault } from './default-organization.js';
import { OrganizationChanged } from './organization.events.js';
import { toOrganizationView } from './organization.view.js';
import type { ErasedOrganizationView, OrganizationView } from './organization.view.js';
import { OrganizationsSystemRepository } from './organizations.system-repository.js';

/** Closes organizations, opens them again, and removes them for good. */
@Injectable()
export class OrganizationLifecycleService implements OnModuleInit {
  constructor(
    private readonly all: OrganizationsSystemRepository,
    private readonly events: Events,
    private readonly erasures: Erasures,
    private readonly waiting: WaitingJobs,
  ) {}

  onModuleInit(): void {
    this.events.on(OrganizationChanged, ({ target }) => this.waiting.reconsider(target.id));
  }

  async deactivate(id: string): Promise<OrganizationView> {
    assertNotDefault(id, 'deactivated');
    return this.setActive(id, false);
  }

  activate(id: string): Promise<OrganizationView> {
    return this.setActive(id, true);
  }

  /**
   * Removes an organization and all its data, everywhere. Started again after an interruption, it goes on; started twice at
   * once, it is one erasure, and whoever comes second finds nothing. 409 `organization_active` unless it is deactivated.
   */
  async erase(id: string): Promise<ErasedOrganizationView> {
    assertNotDefault(id, 'deleted');
    await this.assertDeactivated(id);
    await this.erasures.run(id);
    const removed = await this.all.erase(id);
    await this.all.transaction(async () => {
      await this.remove(id);
      const changes = changesBetween(null, { removed });
      await this.events.publish(new OrganizationChanged('erased', id, changes));
    });
    return { id, removed };
  }

  private async remove(id: string): Promise<void> {
    if (await this.all.remove(id)) return;
    await this.assertDeactivated(id);
    throw AppError.notFound();
  }

  private async setActive(id: string, isActive: boolean): Promise<OrganizationView> {
    return this.all.transaction(async () => {
      const before = found(await this.all.find(id));
      const after = found(await this.all.update(id, { isActive }));
      const verb = isActive ? 'activated' : 'deactivated';
      await this.events.publish(new OrganizationChanged(verb, id, changesBetween(before, after)));
      return toOrganizationView(after);
    });
  }

  private async assertDeactivated(id: string): Promise<void> {
    const { isActive } = found(await this.all.find(id));
    if (isActive)
      throw new AppError('organization_active', 409, 'Deactivate the organization first; then it can be deleted');
  }
}
