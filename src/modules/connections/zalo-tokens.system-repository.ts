import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';

/** An integration whose access token ends. */
export interface EndingTokens {
  orgId: string;
  id: string;
  endsAt: Date;
}

/** Which of all organizations' tokens end soon. Says when and whose, and reads no token. */
@Injectable()
export class ZaloTokensSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** Those that can be renewed, the most urgent first. Names no organization: the clock is the same for all. */
  async endingBefore(time: Date, limit: number): Promise<EndingTokens[]> {
    const rows = await this.database.sql
      .selectFrom('integrations')
      .where('platform', '=', 'zalo')
      .where('isActive', '=', true)
      .where('status', '<>', 'reconnect_required')
      .where('refreshToken', 'is not', null)
      .where('expiresAt', '<', time.toISOString())
      .orderBy('expiresAt')
      .limit(limit)
      .select(['orgId', 'id', 'expiresAt'])
      .execute();
    return rows.flatMap(({ orgId, id, expiresAt }) => (expiresAt ? [{ orgId, id, endsAt: new Date(expiresAt) }] : []));
  }
}
