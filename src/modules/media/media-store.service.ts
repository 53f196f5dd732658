import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Events } from '../../platform/events/events.js';
import { MessageUpdated } from '../messages/message.events.js';
import { typeOf } from './content-types.js';
import { MediaDownloads } from './media-downloads.js';
import { MediaFilesRepository } from './media-files.repository.js';
import type { PendingFile } from './media-files.repository.js';
import { MediaSources } from './media-sources.js';
import { MediaStorage } from './media-storage.js';
import { MediaUnavailableError } from './media.errors.js';

/** After that a file that could not be fetched is given up, whatever the reason was: its provider keeps it no longer either. */
const PATIENCE_MS = 3 * 24 * 60 * 60_000;

/** Fetches a file from its provider, and keeps it. */
@Injectable()
export class MediaStore {
  constructor(
    private readonly files: MediaFilesRepository,
    private readonly sources: MediaSources,
    private readonly downloads: MediaDownloads,
    private readonly storage: MediaStorage,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** Rejects where it is worth another try. A file that is here, or given up, is left alone. */
  async fetch(fileId: string): Promise<void> {
    const file = await this.files.findPending(fileId);
    if (!file) return;
    try {
      await this.keep(file, await this.downloads.download(await this.sources.of(file)));
    } catch (error) {
      const reason = error instanceof MediaUnavailableError ? error.reason : givenUp(file);
      if (reason === null) throw error;
      await this.files.fail(fileId, reason);
    }
  }

  /** The bytes before the row: what a row names is there. The key says nothing, and is nobody else's. */
  private async keep(file: PendingFile, bytes: Buffer): Promise<void> {
    const storageKey = randomUUID();
    const contentType = typeOf(bytes);
    await this.storage.put(storageKey, bytes, contentType);
    try {
      await this.record(file, { storageKey, contentType, size: bytes.length });
    } catch (error) {
      // Of any other error nobody knows whether the row was written all the same: the sweep will.
      if (error instanceof MediaUnavailableError) await this.storage.remove(storageKey);
      throw error;
    }
  }

  private record(file: PendingFile, fetched: { storageKey: string; contentType: string; size: number }): Promise<void> {
    return this.database.transaction(async () => {
      const isKept = (await this.files.keep(file.id, fetched)) && (await this.files.attach(file));
      if (!isKept) throw new MediaUnavailableError('gone');
      await this.events.publish(new MessageUpdated(file.messageId, file.conversationId));
    });
  }
}

/** A word for the row of a file that has been tried for long enough; null for one that has not. */
function givenUp({ createdAt }: PendingFile): string | null {
  return Date.now() - Date.parse(createdAt) > PATIENCE_MS ? 'unreachable' : null;
}
