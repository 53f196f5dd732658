import { Injectable } from '@nestjs/common';
import type { RateLimiterPostgres } from 'rate-limiter-flexible';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { hashOf } from '../../platform/secrets/located-secret.js';
import type { SharedCount } from './leased-points.js';
import { sharedLimiter } from './shared-limiter.js';

const WINDOW_SECONDS = 60;

/** Counts requests for all nodes. The table belongs to no organization: a key is a hash, and says nobody's name. */
@Injectable()
export class RequestCountsSystemRepository {
  private readonly minutes: RateLimiterPostgres;

  constructor(database: SystemDatabase) {
    // It only counts: how much is allowed differs by organization, and LeasedPoints is told.
    this.minutes = sharedLimiter(database, { keyPrefix: 'requests', points: 0, duration: WINDOW_SECONDS });
  }

  /** Adds to the minute under way, or begins one. */
  async count(key: string, points: number): Promise<SharedCount> {
    const counted = await this.minutes.penalty(hashOf(key).toString('base64url'), points);
    return { points: counted.consumedPoints, resetsAt: Date.now() + counted.msBeforeNext };
  }
}
