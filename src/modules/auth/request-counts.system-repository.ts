import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SystemDatabase } from '../../platform/database/system-database.js';
import { hashOf } from '../../platform/secrets/located-secret.js';
import type { SharedCount } from './leased-points.js';

const WINDOW_MS = 60_000;

/** Counts requests for all nodes. The table belongs to no organization: a key is a hash, and says nobody's name. */
@Injectable()
export class RequestCountsSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Adds to the minute under way, or begins one. What has ended is removed an hour later, by the sign-in throttle's store. */
  async count(key: string, points: number): Promise<SharedCount> {
    const hash = `requests:${hashOf(key).toString('base64url')}`;
    const now = Date.now();
    const { rows } = await sql<{ points: number; expire: string }>`
      INSERT INTO rate_limits AS counted (key, points, expire) VALUES (${hash}, ${points}, ${now + WINDOW_MS})
      ON CONFLICT (key) DO UPDATE SET
        points = CASE WHEN counted.expire <= ${now} THEN excluded.points ELSE counted.points + excluded.points END,
        expire = CASE WHEN counted.expire <= ${now} THEN excluded.expire ELSE counted.expire END
      RETURNING points, expire`.execute(this.database.sql);
    const [counted] = rows;
    if (!counted) throw new Error('A count that was added to is not there');
    return { points: counted.points, resetsAt: Number(counted.expire) };
  }
}
