import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/http/app-error.js';
import { metrics } from '../../platform/metrics/metrics.js';
import type { LimitKind } from '../../platform/metrics/metrics.js';
import type { Caller } from './callers.js';
import { LeasedPoints } from './leased-points.js';
import type { Standing } from './leased-points.js';
import { RequestCountsSystemRepository } from './request-counts.system-repository.js';

/** Where a caller is told how they stand. */
export interface Reply {
  headers(values: Record<string, number>): unknown;
}

/** Requests a minute, by caller and by organization, for all nodes together. docs/limits.md has the figures. */
@Injectable()
export class RequestLimits {
  private readonly points: LeasedPoints;

  constructor(counts: RequestCountsSystemRepository) {
    this.points = new LeasedPoints((key, points) => counts.count(key, points));
  }

  /**
   * Counts a request and tells the caller where it stands. 429 `rate_limited` beyond a limit. Counted at the caller's home: a
   * super admin inside another organization spends nothing of theirs. What a caller may not do is not counted on everybody.
   */
  async count({ actor, allowance }: Caller, reply: Reply): Promise<void> {
    const caller = await this.points.take(`${actor.orgId} ${actor.type} ${actor.id}`, allowance.caller);
    refuseBeyond(caller, 'caller', reply);
    const organization = await this.points.take(actor.orgId, allowance.organization);
    refuseBeyond(organization, 'organization', reply);
    tell(reply, caller.remaining <= organization.remaining ? caller : organization);
  }
}

function refuseBeyond(standing: Standing, limit: LimitKind, reply: Reply): void {
  if (standing.isWithin) return;
  metrics.countLimited(limit);
  tell(reply, standing);
  throw AppError.rateLimited(secondsUntil(standing.resetsAt));
}

/** Source: IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-06): the reset is in seconds. */
function tell(reply: Reply, { limit, remaining, resetsAt }: Standing): void {
  reply.headers({
    'ratelimit-limit': limit,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': secondsUntil(resetsAt),
  });
}

function secondsUntil(time: number): number {
  return Math.max(1, Math.ceil((time - Date.now()) / 1_000));
}
