import { Injectable } from '@nestjs/common';
import type { MediaFileModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';
import type { ServedFile } from './media-files.repository.js';

/** Files that somebody here has uploaded, until a message is sent with them. */
@Injectable()
export class MediaUploadsRepository extends OrgRepository {
  add(file: ServedFile & { id: string }): Promise<MediaFileModel> {
    return this.db.mediaFile.create({ data: { ...this.mine, ...file, position: 0, status: 'stored' } });
  }

  /** Returns where its bytes are; null where a message has it by now, or where it is gone. */
  async removeUnsent(id: string): Promise<string | null> {
    const removed = await this.sql
      .deleteFrom('mediaFiles')
      .where('orgId', '=', this.mine.orgId)
      .where('id', '=', id)
      .where('messageId', 'is', null)
      .returning('storageKey')
      .executeTakeFirst();
    return removed?.storageKey ?? null;
  }
}
