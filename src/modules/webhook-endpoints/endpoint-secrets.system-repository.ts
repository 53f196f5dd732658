import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { SealedSecrets } from './endpoint-secrets.js';

export interface EndpointSecretRow extends SealedSecrets {
  orgId: string;
  id: string;
}

/** The secrets of all organizations' endpoints, for re-sealing them when the installation's key changes. Never opened for anything else. */
@Injectable()
export class EndpointSecretsSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** The next ones that `keyId` did not seal. Names no organization: the key is the installation's. */
  notSealedWith(keyId: string, after: { orgId: string; id: string }, limit: number): Promise<EndpointSecretRow[]> {
    return this.database.sql
      .selectFrom('webhookEndpoints')
      .where(({ eb, refTuple, tuple }) => eb(refTuple('orgId', 'id'), '>', tuple(after.orgId, after.id)))
      .where('secretKeyId', '!=', keyId)
      .orderBy('orgId')
      .orderBy('id')
      .limit(limit)
      .select(['orgId', 'id', 'secret', 'previousSecret', 'secretKeyId'])
      .execute();
  }

  /** Keeps `after` where the row still has what was read; false where somebody changed it in between. */
  async replace({ orgId, id, secret }: EndpointSecretRow, after: SealedSecrets): Promise<boolean> {
    const replaced = await this.database.sql
      .updateTable('webhookEndpoints')
      .set({ secret: after.secret, previousSecret: after.previousSecret, secretKeyId: after.secretKeyId })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where('secret', '=', secret)
      .returning('id')
      .executeTakeFirst();
    return replaced !== undefined;
  }
}
