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

  /** Those that can be renewed, the most urgent first, of active organizations. Names none: the clock is the same for all. */
  async endingBefore(time: Date, limit: number): Promise<EndingTokens[]> {
    const rows = await this.database.sql
      .selectFrom('integrations as i')
      .innerJoin('organizations as o', 'o.id', 'i.orgId')
      .where('o.isActive', '=', true)
      .where('i.platform', '=', 'zalo')
      .where('i.isActive', '=', true)
      .where('i.status', '<>', 'reconnect_required')
      .where('i.refreshToken', 'is not', null)
      .where('i.expiresAt', '<', time.toISOString())
      .orderBy('i.expiresAt')
      .limit(limit)
      .select(['i.orgId', 'i.id', 'i.expiresAt'])
      .execute();
    return rows.flatMap(({ orgId, id, expiresAt }) => (expiresAt ? [{ orgId, id, endsAt: new Date(expiresAt) }] : []));
  }
}
