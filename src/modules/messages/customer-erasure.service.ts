import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/events.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { CustomerErased } from '../customers/customer.events.js';
import { CustomerErasureRepository } from './customer-erasure.repository.js';

/** Forgets a person who asked for it. The audit log keeps what became of their fields here, and no word of what they wrote. */
@Injectable()
export class CustomerErasureService {
  constructor(
    private readonly erasure: CustomerErasureRepository,
    private readonly jobs: Jobs,
    private readonly events: Events,
  ) {}

  /** In a transaction of the caller's. Also of somebody who never wrote, events may have told something. */
  async erase(platform: string, externalId: string): Promise<void> {
    const customer = await this.erasure.lock(platform, externalId);
    await this.erasure.forgetEvents(platform, externalId);
    if (!customer) return;
    const keys = await this.erasure.erase(customer);
    if (keys.length > 0) await this.jobs.add('remove-media', { keys });
    await this.events.publish(new CustomerErased(customer.id));
  }
}
