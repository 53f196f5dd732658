import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, S3ClientConfig, _Object } from '@aws-sdk/client-s3';
import type { Settings } from '../../platform/config/settings.js';
import { MediaStorage } from './media-storage.js';
import type { ByteRange, StoredObject } from './media-storage.js';

/** What is ours in a bucket that others may use too. */
const PREFIX = 'media/';

/** Files in a bucket of S3, or of a service that speaks as S3 does. */
export class S3Storage extends MediaStorage {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(settings: Settings) {
    super();
    this.bucket = settings.S3_BUCKET;
    this.client = new S3Client(clientConfig(settings));
  }

  override async put(key: string, bytes: Uint8Array, contentType: string): Promise<void> {
    const object = { ...this.place(key), Body: bytes, ContentType: contentType, ContentLength: bytes.length };
    await this.client.send(new PutObjectCommand(object));
  }

  override async get(key: string, range?: ByteRange): Promise<Readable | null> {
    const part = range && { Range: `bytes=${range.first}-${range.last}` };
    try {
      return streamOf(await this.client.send(new GetObjectCommand({ ...this.place(key), ...part })));
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  override async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.place(key)));
  }

  override async *list(): AsyncIterable<StoredObject[]> {
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: PREFIX });
    for await (const { Contents: objects = [] } of pages) yield objects.flatMap(toStoredObject);
  }

  /** Ends the connections that are kept open. */
  close(): void {
    this.client.destroy();
  }

  private place(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: `${PREFIX}${key}` };
  }
}

/** Without keys of ours the library looks where it always does: a machine's role, the environment. */
function clientConfig(settings: Settings): S3ClientConfig {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  return {
    region: settings.S3_REGION,
    // Services other than Amazon's know neither buckets as host names nor the newer checksums.
    ...(endpoint && { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(accessKeyId && { credentials: { accessKeyId, secretAccessKey } }),
  };
}

function streamOf({ Body: body }: GetObjectCommandOutput): Readable {
  if (body instanceof Readable) return body;
  throw new TypeError('S3 answered with something else than a stream');
}

function toStoredObject({ Key: name, LastModified: storedAt }: _Object): StoredObject[] {
  return name !== undefined && storedAt ? [{ key: name.slice(PREFIX.length), storedAt }] : [];
}
