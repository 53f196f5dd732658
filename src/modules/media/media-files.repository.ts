import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { MediaFileModel } from '../../platform/database/generated/prisma/models.js';
import { OrgRepository } from '../../platform/database/org-repository.js';

/** A file to be fetched, with what its provider has to be asked by. `integrationId` is null where its page is gone. */
export interface PendingFile {
  id: string;
  messageId: string;
  conversationId: string;
  position: number;
  platform: string;
  attachments: unknown;
  integrationId: string | null;
  /** ISO 8601. */
  createdAt: string;
}

/** What is known of a file once it is here. */
export interface FetchedFile {
  storageKey: string;
  contentType: string;
  size: number;
}

/** A file that can be served. */
export interface ServedFile extends FetchedFile {
  name: string | null;
}

/** The files of messages. Whatever changes both locks the file first, then its message. */
@Injectable()
export class MediaFilesRepository extends OrgRepository {
  /** A message that a customer, or somebody elsewhere as the page, has written; null for our own, and where it is gone. */
  async findArrived(messageId: string): Promise<{ attachments: unknown } | null> {
    const message = this.sql
      .selectFrom('messages')
      .where('orgId', '=', this.mine.orgId)
      .where('id', '=', messageId)
      .where(({ eb, or, ref }) => or([eb('direction', '=', 'in'), eb('senderId', '=', ref('oaId'))]));
    return (await message.select('attachments').executeTakeFirst()) ?? null;
  }

  /** Those that are there already stay as they are. */
  async expect(messageId: string, files: { id: string; position: number; name: string | null }[]): Promise<void> {
    const rows = files.map((file) => ({ ...this.mine, messageId, ...file }));
    const insert = this.sql.insertInto('mediaFiles').values(rows);
    await insert.onConflict((known) => known.columns(['orgId', 'messageId', 'position']).doNothing()).execute();
  }

  ofMessage(messageId: string): Promise<MediaFileModel[]> {
    return this.db.mediaFile.findMany({ where: { ...this.mine, messageId }, orderBy: { position: 'asc' } });
  }

  async findPending(id: string): Promise<PendingFile | null> {
    const { orgId } = this.mine;
    const file = this.sql
      .selectFrom('mediaFiles as f')
      .innerJoin('messages as m', (join) => join.on('m.orgId', '=', orgId).onRef('m.id', '=', 'f.messageId'))
      .innerJoin('conversations as c', (join) => join.on('c.orgId', '=', orgId).onRef('c.id', '=', 'm.conversationId'))
      .where('f.orgId', '=', orgId)
      .where('f.id', '=', id)
      .where('f.status', '=', 'pending')
      .select(['f.id', 'f.position', 'f.createdAt'])
      .select(['m.id as messageId', 'm.conversationId', 'm.platform', 'm.attachments', 'c.integrationId']);
    return (await file.executeTakeFirst()) ?? null;
  }

  /** False where it is not waited for any more. */
  async keep(id: string, file: FetchedFile): Promise<boolean> {
    const where = { ...this.mine, id, status: 'pending' };
    const { count } = await this.db.mediaFile.updateMany({ where, data: { ...file, status: 'stored', error: null } });
    return count > 0;
  }

  async fail(id: string, error: string): Promise<void> {
    const where = { ...this.mine, id, status: 'pending' };
    await this.db.mediaFile.updateMany({ where, data: { status: 'failed', error } });
  }

  /** From here on the message is shown with our own address of the file. False where it has no such attachment any more. */
  async attach({ id, messageId, position }: PendingFile): Promise<boolean> {
    const { rows } = await sql`
      UPDATE messages SET
        attachments = jsonb_set(attachments, ARRAY[${position}::text, 'fileId'], to_jsonb(${id}::text)),
        updated_at = ${new Date()}::timestamptz
      WHERE org_id = ${this.mine.orgId} AND id = ${messageId} AND attachments -> ${position}::integer IS NOT NULL
      RETURNING id`.execute(this.sql);
    return rows.length > 0;
  }

  /** Null also where its message was taken back, or where the organization is closed. What is uploaded has no message yet. */
  async findServed(id: string): Promise<ServedFile | null> {
    const { rows } = await sql<ServedFile>`
      SELECT f.storage_key, f.content_type, f.size, f.name
      FROM media_files f
      LEFT JOIN messages m ON m.org_id = ${this.mine.orgId} AND m.id = f.message_id
      JOIN organizations o ON o.id = ${this.mine.orgId} AND o.is_active
      WHERE f.org_id = ${this.mine.orgId} AND f.id = ${id} AND f.status = 'stored'
        AND (f.message_id IS NULL OR m.attachments -> f.position ->> 'fileId' = f.id::text)`.execute(this.sql);
    return rows[0] ?? null;
  }

  /** The stored files of a closed organization behind `id`, some at a time; none once it is open again. */
  async ofClosed(id: string, limit: number): Promise<{ id: string; storageKey: string }[]> {
    const { rows } = await sql<{ id: string; storageKey: string }>`
      SELECT f.id, f.storage_key FROM media_files f
      JOIN organizations o ON o.id = ${this.mine.orgId} AND NOT o.is_active
      WHERE f.org_id = ${this.mine.orgId} AND f.id > ${id} AND f.storage_key IS NOT NULL
      ORDER BY f.id LIMIT ${limit}`.execute(this.sql);
    return rows;
  }

  async remove(ids: string[]): Promise<void> {
    await this.db.mediaFile.deleteMany({ where: { ...this.mine, id: { in: ids } } });
  }
}
