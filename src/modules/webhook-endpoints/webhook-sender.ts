import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { WebhookDeliveryModel, WebhookEndpointModel } from '../../platform/database/generated/prisma/models.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import { signed } from '../../platform/http/outbound/standard-webhooks.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { logger } from '../../platform/logging/logger.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import { nextAttemptAfter } from './retry-schedule.js';
import { attemptOf, unanswered } from './webhook-attempt.js';
import type { Attempt } from './webhook-attempt.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import { DELIVER } from './webhook-deliveries.service.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

const LONGEST_FAILING_MS = 5 * 24 * 3_600_000;

/** Posts deliveries to their endpoints, one attempt a job. */
@Injectable()
export class WebhookSender implements OnModuleInit {
  constructor(
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly service: WebhookEndpointsService,
    private readonly secrets: EndpointSecrets,
    private readonly http: OutboundHttp,
    private readonly jobs: Jobs,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    // As WebhookDeliveriesService adds the job.
    this.jobs.handle(DELIVER, ({ deliveryId }) => this.deliver(deliveryId as string));
  }

  private async deliver(id: string): Promise<void> {
    const delivery = await this.deliveries.find(id);
    const endpoint = delivery && (await this.endpoints.find(delivery.endpointId));
    if (!endpoint || delivery.status !== 'pending') return;
    if (!endpoint.isActive) return this.giveUp(delivery);
    const attempt = await this.attempt(delivery, endpoint);
    await this.database.transaction(() => this.note(delivery, endpoint, attempt));
  }

  private async giveUp(delivery: WebhookDeliveryModel): Promise<void> {
    await this.deliveries.settle(delivery, {
      status: 'failed',
      nextAttemptAt: null,
      error: 'The endpoint is disabled',
    });
  }

  private async attempt({ eventId, payload }: WebhookDeliveryModel, endpoint: WebhookEndpointModel): Promise<Attempt> {
    const body = bodyOf(payload);
    const headers = signed(body, eventId, this.secrets.signing(endpoint));
    return this.http.post(endpoint.url, body, headers).then((answer) => attemptOf(answer, new Date()), unanswered);
  }

  private async note(delivery: WebhookDeliveryModel, endpoint: WebhookEndpointModel, attempt: Attempt): Promise<void> {
    const { responseStatus, error } = attempt;
    const [now, attempts] = [new Date(), delivery.attempts + 1];
    const next = error === null || attempt.isGone ? null : nextAttemptAfter(attempts, attempt.wish, now);
    const status = error === null ? 'delivered' : next ? 'pending' : 'failed';
    const deliveredAt = error === null ? now : null;
    const row = { status, attempts, responseStatus, error, nextAttemptAt: next, deliveredAt };
    if (!(await this.deliveries.settle(delivery, row))) return;
    if (next) await this.jobs.add(DELIVER, { deliveryId: delivery.id }, { key: delivery.id, runAt: next });
    await this.judge(endpoint, attempt, now);
  }

  /** What an attempt says about its endpoint. */
  private async judge({ id, failingSince }: WebhookEndpointModel, attempt: Attempt, now: Date): Promise<void> {
    if (attempt.error === null) return failingSince === null ? undefined : this.endpoints.endFailing(id);
    if (failingSince === null) await this.endpoints.beginFailing(id, now);
    if (attempt.isGone) return this.disable(id, 'It answered 410 Gone');
    if (failingSince && now.getTime() - failingSince.getTime() > LONGEST_FAILING_MS)
      return this.disable(id, `Every attempt has failed for 5 days; the last one: ${attempt.error}`);
  }

  private async disable(endpointId: string, reason: string): Promise<void> {
    await this.service.disable(endpointId, reason);
    logger.warn({ endpointId, reason }, 'A webhook endpoint was disabled');
  }
}

/** In the order of Standard Webhooks, which JSON columns do not keep. */
function bodyOf(payload: unknown): string {
  const { type, timestamp, data } = payload as Record<string, unknown>; // As WebhookDeliveriesService wrote it.
  return JSON.stringify({ type, timestamp, data });
}
