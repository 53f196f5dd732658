import { Injectable } from '@nestjs/common';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { AppError } from '../../platform/http/app-error.js';
import { hashOf } from '../../platform/secrets/located-secret.js';

const WINDOW_SECONDS = 15 * 60;
const ATTEMPTS_PER_ACCOUNT = 10;
const ATTEMPTS_PER_ADDRESS = 100;

/** Counts sign-ins that failed, by account and by address, for all nodes together. Beyond the limit: 429 with Retry-After. */
@Injectable()
export class SignInThrottle {
  private readonly accounts: RateLimiterPostgres;
  private readonly addresses: RateLimiterPostgres;

  constructor(database: SystemDatabase) {
    const store = {
      storeClient: database.pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      duration: WINDOW_SECONDS,
    };
    this.accounts = new RateLimiterPostgres({ ...store, keyPrefix: 'sign-in-account', points: ATTEMPTS_PER_ACCOUNT });
    this.addresses = new RateLimiterPostgres({ ...store, keyPrefix: 'sign-in-address', points: ATTEMPTS_PER_ADDRESS });
  }

  /**
   * Counts an attempt before it is made, so that parallel guesses cannot outrun the count, and forgives it where `attempt`
   * succeeds. Whether the account exists makes no difference.
   */
  async guard<T>(account: string, address: string, attempt: () => Promise<T>): Promise<T> {
    const key = hashOf(account.toLowerCase()).toString('base64url');
    await consume(this.addresses, address);
    await consume(this.accounts, key);
    const result = await attempt();
    await Promise.all([this.accounts.delete(key), this.addresses.reward(address, 1)]);
    return result;
  }
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw AppError.rateLimited(refusal.msBeforeNext / 1_000);
    throw refusal;
  }
}
