import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf } from '../../platform/errors/thrown.js';
import { MediaStorage } from './media-storage.js';
import type { ByteRange, StoredObject } from './media-storage.js';

/** So many letters of a key name its directory: 256 of them. */
const SHARD_LENGTH = 2;

/** Files under a directory of this machine: for one node, or for several that share the directory. */
export class DiskStorage extends MediaStorage {
  constructor(private readonly directory: string) {
    super();
  }

  /** Under another name until it is whole, so that a crash leaves no half of a file where one is looked for. */
  override async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.pathOf(key);
    const unfinished = `${path}.part`;
    await mkdir(dirname(path), { recursive: true });
    await writeSafely(unfinished, bytes);
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
  }

  override async get(key: string, range?: ByteRange): Promise<Readable | null> {
    const file = await openIfThere(this.pathOf(key));
    if (!file) return null;
    return file.createReadStream(range && { start: range.first, end: range.last });
  }

  override async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  override async *list(): AsyncIterable<StoredObject[]> {
    for (const shard of await entriesOf(this.directory)) {
      const found: StoredObject[] = [];
      for (const { name } of await entriesOf(join(this.directory, shard.name))) {
        const storedAt = await modifiedAt(join(this.directory, shard.name, name));
        if (storedAt) found.push({ key: name, storedAt });
      }
      if (found.length > 0) yield found;
    }
  }

  private pathOf(key: string): string {
    return join(this.directory, key.slice(0, SHARD_LENGTH), key);
  }
}

async function writeSafely(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a new file is kept by its directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Null where it has gone in the meantime. */
async function modifiedAt(path: string): Promise<Date | null> {
  try {
    return (await stat(path)).mtime;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
