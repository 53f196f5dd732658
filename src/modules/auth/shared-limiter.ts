import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { IRateLimiterOptions } from 'rate-limiter-flexible';
import type { SystemDatabase } from '../../platform/database/system-database.js';

/** A limiter whose counts all nodes share, in `rate_limits`. It removes what has ended, an hour later. */
export function sharedLimiter(database: SystemDatabase, options: IRateLimiterOptions): RateLimiterPostgres {
  return new RateLimiterPostgres({
    ...options,
    storeClient: database.pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
  });
}
