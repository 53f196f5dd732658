import { join } from 'node:path';
import type { Config } from '../../platform/config/config.js';
import { DiskStorage } from './disk-storage.js';
import type { MediaStorage } from './media-storage.js';

/** A bucket where one is named, otherwise a directory. Amazon's library is large: it is loaded only where it is needed. */
export async function openStorage({ settings, dataDirectory }: Config): Promise<MediaStorage> {
  if (settings.S3_BUCKET === '') return new DiskStorage(join(dataDirectory, 'media'));
  const { S3Storage } = await import('./s3-storage.js');
  return new S3Storage(settings);
}
