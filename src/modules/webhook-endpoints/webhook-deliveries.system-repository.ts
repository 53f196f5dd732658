import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';

/** Deliveries of all organizations, for letting the old ones go. Nothing of them is read. */
@Injectable()
export class WebhookDeliveriesSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Names no organization: for how long deliveries are kept is the installation's to say. */
  async removeOlderThan(createdAt: Date): Promise<void> {
    await this.database.prisma.webhookDelivery.deleteMany({ where: { createdAt: { lt: createdAt } } });
  }
}
