import type { Readable } from 'node:stream';

/** A part of a file: from `first` to `last`, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

export interface StoredObject {
  key: string;
  storedAt: Date;
}

/** Where the bytes of files are. Knows no organization: a row of media_files is the only way to a key. */
export abstract class MediaStorage {
  /** Resolves once the bytes are safe. */
  abstract put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;

  /** The bytes, or a part of them; null where there are none. Resolves once it is known that they can be read. */
  abstract get(key: string, range?: ByteRange): Promise<Readable | null>;

  /** Does nothing where there is nothing. */
  abstract remove(key: string): Promise<void>;

  /** Everything that is there, some hundreds at a time. */
  abstract list(): AsyncIterable<StoredObject[]>;
}
