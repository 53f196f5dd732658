import { Injectable } from '@nestjs/common';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterPostgres } from 'rate-limiter-flexible';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { AppError } from '../../platform/http/app-error.js';
import { metrics } from '../../platform/metrics/metrics.js';
import { hashOf } from '../../platform/secrets/located-secret.js';
import { sharedLimiter } from './shared-limiter.js';

const WINDOW_SECONDS = 15 * 60;
const ATTEMPTS_PER_ACCOUNT = 10;
const ATTEMPTS_PER_ADDRESS = 100;

/** Counts sign-ins that failed, by account and by address, for all nodes together. Beyond the limit: 429 with Retry-After. */
@Injectable()
export class SignInThrottle {
  private readonly accounts: RateLimiterPostgres;
  private readonly addresses: RateLimiterPostgres;

  constructor(database: SystemDatabase) {
    const limiter = (keyPrefix: string, points: number) =>
      sharedLimiter(database, { keyPrefix, points, duration: WINDOW_SECONDS });
    this.accounts = limiter('sign-in-account', ATTEMPTS_PER_ACCOUNT);
    this.addresses = limiter('sign-in-address', ATTEMPTS_PER_ADDRESS);
  }

  /**
   * Counts an attempt before it is made, so that parallel guesses cannot outrun the count. Whether the account exists makes
   * no difference. 429 beyond the limit.
   */
  async count(account: string, address: string): Promise<void> {
    await consume(this.addresses, address);
    await consume(this.accounts, keyOf(account));
  }

  /** The password was right: this attempt does not count. */
  async forgive(account: string, address: string): Promise<void> {
    await Promise.all([this.accounts.reward(keyOf(account), 1), this.addresses.reward(address, 1)]);
  }

  /** The password was right for all that goes by this name: nobody is guessing, so earlier attempts do not count either. */
  async forget(account: string, address: string): Promise<void> {
    await Promise.all([this.accounts.delete(keyOf(account)), this.addresses.reward(address, 1)]);
  }
}

function keyOf(account: string): string {
  return hashOf(account.trim().toLowerCase()).toString('base64url');
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    metrics.countLimited('sign_in');
    throw AppError.rateLimited(refusal.msBeforeNext / 1_000, limiter.points);
  }
}
