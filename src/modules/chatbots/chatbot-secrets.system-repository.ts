import { Injectable } from '@nestjs/common';
import { SystemDatabase } from '../../platform/database/system-database.js';
import type { KeptSecret, SecretOwner } from './chatbot-secrets.js';

export type SecretRow = SecretOwner & KeptSecret;

/** The secrets of all organizations' chatbots, for re-sealing them when the installation's key changes. Never opened for anything else. */
@Injectable()
export class ChatbotSecretsSystemRepository {
  constructor(private readonly database: SystemDatabase) {}

  /** The next ones that `keyId` did not seal. Names no organization: the key is the installation's. */
  notSealedWith(keyId: string, after: SecretOwner, limit: number): Promise<SecretRow[]> {
    return this.database.sql
      .selectFrom('chatbots')
      .where(({ eb, refTuple, tuple }) => eb(refTuple('orgId', 'id'), '>', tuple(after.orgId, after.id)))
      .where('secret', 'is not', null)
      .where('secretKeyId', 'is distinct from', keyId)
      .orderBy('orgId')
      .orderBy('id')
      .limit(limit)
      .select(['orgId', 'id', 'secret', 'secretKeyId'])
      .execute();
  }

  /** Keeps `after` where the row still has what was read; false where somebody changed it in between. */
  async replace(before: SecretRow, after: KeptSecret): Promise<boolean> {
    const replaced = await this.database.sql
      .updateTable('chatbots')
      .set({ secret: after.secret, secretKeyId: after.secretKeyId })
      .where('orgId', '=', before.orgId)
      .where('id', '=', before.id)
      .where('secret', 'is not distinct from', before.secret)
      .returning('id')
      .executeTakeFirst();
    return replaced !== undefined;
  }
}
