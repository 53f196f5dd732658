import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { KeptTokens } from './token-vault.js';

/** What of an integration its tokens' seal depends on. */
export interface TokenRow extends KeptTokens {
  orgId: string;
  id: string;
}

/** The tokens of all organizations, for re-sealing them when the installation's key changes. Never opened for anything else. */
@Injectable()
export class IntegrationsSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** The next rows with tokens that `keyId` did not seal. Names no organization: the key is the installation's. */
  notSealedWith(keyId: string, after: { orgId: string; id: string }, limit: number): Promise<TokenRow[]> {
    return this.database.sql
      .selectFrom('integrations')
      .where(({ eb, refTuple, tuple }) => eb(refTuple('orgId', 'id'), '>', tuple(after.orgId, after.id)))
      .where(({ eb, or }) => or([eb('accessToken', 'is not', null), eb('refreshToken', 'is not', null)]))
      .where('tokenKeyId', 'is distinct from', keyId)
      .orderBy('orgId')
      .orderBy('id')
      .limit(limit)
      .select(['orgId', 'id', 'accessToken', 'refreshToken', 'tokenKeyId'])
      .execute();
  }

  /** Keeps `after` where the row still has what was read; false where somebody changed it in between. */
  async replace(before: TokenRow, after: KeptTokens): Promise<boolean> {
    const replaced = await this.database.sql
      .updateTable('integrations')
      .set({ accessToken: after.accessToken, refreshToken: after.refreshToken, tokenKeyId: after.tokenKeyId })
      .where('orgId', '=', before.orgId)
      .where('id', '=', before.id)
      .where('tokenKeyId', 'is not distinct from', before.tokenKeyId)
      .where('accessToken', 'is not distinct from', before.accessToken)
      .where('refreshToken', 'is not distinct from', before.refreshToken)
      .returning('id')
      .executeTakeFirst();
    return replaced !== undefined;
  }
}
