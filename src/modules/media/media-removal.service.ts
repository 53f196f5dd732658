import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Erasures } from '../../platform/events/erasures.js';
import type { JsonObject } from '../../platform/jobs/job.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { logger } from '../../platform/logging/logger.js';
import { MediaFilesRepository } from './media-files.repository.js';
import { MediaKeysSystemRepository } from './media-keys.system-repository.js';
import { MediaStorage } from './media-storage.js';
import type { StoredObject } from './media-storage.js';

const BATCH_FILES = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** What came within it may be waiting for its row. */
const GRACE_MS = 60 * 60_000;
/** Of the day, in UTC. */
const SWEEPING_HOUR = 3;

/**
 * Takes away bytes that no message shows any more. An organization's go before its rows do; those of a customer who is forgotten by
 * a job that commits with the removal of their rows, `remove-media { keys }`; what a crash leaves behind by a look at everything,
 * once a day.
 */
@Injectable()
export class MediaRemoval implements OnModuleInit {
  private sweptOn = '';

  constructor(
    private readonly files: MediaFilesRepository,
    private readonly keys: MediaKeysSystemRepository,
    private readonly storage: MediaStorage,
    private readonly jobs: Jobs,
    private readonly erasures: Erasures,
  ) {}

  onModuleInit(): void {
    this.jobs.handle('remove-media', (payload) => this.removeKeys(payload));
    this.jobs.everyMinute('sweep-media', () => this.sweepDaily());
    this.erasures.before(() => this.removeOrganization());
  }

  /** Removes what has been stored for an hour or longer, and is no file's. Returns how many. */
  async sweep(now = new Date()): Promise<number> {
    let removed = 0;
    for await (const objects of this.storage.list()) removed += await this.removeUnused(objects, now);
    if (removed > 0) logger.info({ removed }, 'Files that no message has any more were removed');
    return removed;
  }

  /** All that a message had: it was taken back. */
  async removeMessage(messageId: string): Promise<void> {
    const files = await this.files.ofMessage(messageId);
    for (const { storageKey } of files) if (storageKey !== null) await this.storage.remove(storageKey);
    await this.files.remove(files.map(({ id }) => id));
  }

  /** A process does it once a day at most. */
  private async sweepDaily(): Promise<void> {
    const now = new Date();
    const day = now.toISOString().slice(0, 10);
    if (now.getUTCHours() !== SWEEPING_HOUR || day === this.sweptOn) return;
    this.sweptOn = day;
    await this.sweep(now);
  }

  private async removeUnused(objects: StoredObject[], now: Date): Promise<number> {
    const old = objects.filter(({ storedAt }) => now.getTime() - storedAt.getTime() >= GRACE_MS).map(({ key }) => key);
    if (old.length === 0) return 0;
    const inUse = await this.keys.inUse(old);
    const unused = old.filter((key) => !inUse.has(key));
    for (const key of unused) await this.storage.remove(key);
    return unused.length;
  }

  /** The rows go later, with all others: interrupted, they still say where the bytes are. */
  private async removeOrganization(): Promise<void> {
    for (let last = FIRST_ID; ;) {
      const batch = await this.files.ofClosed(last, BATCH_FILES);
      for (const { storageKey } of batch) await this.storage.remove(storageKey);
      const { id } = batch.at(-1) ?? {};
      if (id === undefined) return;
      last = id;
    }
  }

  private async removeKeys({ keys }: JsonObject): Promise<void> {
    for (const key of [keys ?? []].flat()) if (typeof key === 'string') await this.storage.remove(key);
  }
}
