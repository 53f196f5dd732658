import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import type { MediaFileModel } from '../../platform/database/generated/prisma/models.js';
import { Events } from '../../platform/events/events.js';
import { readFile, saidLength } from '../../platform/http/file-body.js';
import type { Json } from '../../platform/jobs/job.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { DAY_SECONDS, FileLinks } from '../../platform/secrets/file-links.js';
import { uploadedTypeOf } from './content-types.js';
import type { ServedFile } from './media-files.repository.js';
import { MediaStorage } from './media-storage.js';
import { MediaUploadsRepository } from './media-uploads.repository.js';
import type { UploadFile } from './media.dto.js';
import { MediaUploaded } from './media.events.js';
import { toUploadView } from './media.view.js';
import type { UploadView } from './media.view.js';
import { UploadRoom } from './upload-room.js';

const MEBIBYTE = 1024 * 1024;
/** Of the largest files, how many one organization may be sending at once. Of smaller ones there are more. */
const LARGEST_AT_ONCE = 4;

/** Takes in files that people here want to send. What no message was sent with within a day goes again. */
@Injectable()
export class MediaUploads implements OnModuleInit {
  private readonly mostBytes: number;
  private readonly room: UploadRoom;

  constructor(
    { settings }: Config,
    private readonly uploads: MediaUploadsRepository,
    private readonly storage: MediaStorage,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly events: Events,
    private readonly links: FileLinks,
  ) {
    this.mostBytes = settings.MEDIA_MAX_MB * MEBIBYTE;
    this.room = new UploadRoom(this.mostBytes * LARGEST_AT_ONCE);
  }

  onModuleInit(): void {
    this.jobs.handle('remove-upload', ({ fileId }) => this.removeUnsent(fileId));
  }

  /** The body of a request. 413 where it is too large, 422 where there is nothing in it, 429 where too much comes at once. */
  take(request: IncomingMessage, { filename }: UploadFile): Promise<UploadView> {
    const expected = Math.min(saidLength(request) ?? this.mostBytes, this.mostBytes);
    return this.room.hold(expected, async () => {
      const bytes = await readFile(request, this.mostBytes);
      const contentType = uploadedTypeOf(bytes, request.headers['content-type']);
      const upload = { storageKey: randomUUID(), contentType, size: bytes.length, name: filename ?? null };
      await this.storage.put(upload.storageKey, bytes, contentType);
      return this.record(upload);
    });
  }

  /** After the bytes: what a row names is there. Bytes without a row are swept away. */
  private async record(file: ServedFile): Promise<UploadView> {
    const row = await this.database.transaction(() => this.add(file));
    return toUploadView(row, this.links.make(row.id, DAY_SECONDS));
  }

  private async add(file: ServedFile): Promise<MediaFileModel> {
    const row = await this.uploads.add({ id: uuidv7(), ...file });
    const runAt = new Date(Date.now() + DAY_SECONDS * 1_000);
    await this.jobs.add('remove-upload', { fileId: row.id }, { runAt });
    await this.events.publish(new MediaUploaded(row.id, file.contentType, file.size));
    return row;
  }

  /** The row before the bytes: while it is there a message can be sent with it. */
  private async removeUnsent(fileId: Json | undefined): Promise<void> {
    const storageKey = typeof fileId === 'string' ? await this.uploads.removeUnsent(fileId) : null;
    if (storageKey !== null) await this.storage.remove(storageKey);
  }
}
