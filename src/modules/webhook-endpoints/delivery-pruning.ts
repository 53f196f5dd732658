import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.js';
import { WebhookDeliveriesSystemRepository } from './webhook-deliveries.system-repository.js';

const KEPT_MS = 30 * 24 * 3_600_000;

/** Lets deliveries go after 30 days: they hold what customers wrote. */
@Injectable()
export class DeliveryPruning implements OnModuleInit {
  constructor(
    private readonly deliveries: WebhookDeliveriesSystemRepository,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.everyMinute('prune-webhook-deliveries', () => this.prune(new Date()));
  }

  prune(now: Date): Promise<void> {
    return this.deliveries.removeOlderThan(new Date(now.getTime() - KEPT_MS));
  }
}
