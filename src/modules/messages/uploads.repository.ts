import { Injectable } from '@nestjs/common';
import { OrgRepository } from '../../platform/database/org-repository.js';

/**
 * Files that were uploaded to be sent. Directly, although `media` keeps them: it stands to our right, and a message and its files
 * commit together.
 */
@Injectable()
export class UploadsRepository extends OrgRepository {
  /** Those of the ids that no message has, locked until the transaction ends. */
  lock(ids: string[]): Promise<{ id: string; name: string | null }[]> {
    const files = this.sql.selectFrom('mediaFiles').where('orgId', '=', this.mine.orgId).where('id', 'in', ids);
    const waiting = files.where('messageId', 'is', null).where('status', '=', 'stored');
    return waiting.select(['id', 'name']).orderBy('id').forUpdate().execute();
  }

  /** From here on it is the message's, in the place of one of its attachments. */
  async give(id: string, messageId: string, position: number): Promise<void> {
    await this.db.mediaFile.updateMany({ where: { ...this.mine, id }, data: { messageId, position } });
  }
}
