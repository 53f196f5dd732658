import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStorage } from '../src/modules/media/open-storage.js';
import type { MediaStorage } from '../src/modules/media/media-storage.js';
import { Config } from '../src/platform/config/config.js';
import { S3Stub } from './support/s3-stub.js';

let s3: S3Stub;
let directory: string;
beforeAll(async () => {
  s3 = await S3Stub.start();
  directory = mkdtempSync(join(tmpdir(), 'polydesk-media-'));
});
afterAll(async () => {
  await s3.stop();
  rmSync(directory, { recursive: true });
});

describe.each([
  ['a directory', () => ({})],
  [
    'a bucket',
    () => ({ S3_BUCKET: 'files', S3_ENDPOINT: s3.url, S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }),
  ],
])('Storage in %s', (_, settings) => {
  let storage: MediaStorage;
  beforeAll(async () => {
    storage = await openStorage(Config.from({ ENVIRONMENT: 'test', DATA_DIR: directory, ...settings() }));
  });

  const read = async (key: string, range?: { first: number; last: number }) => {
    const stream = await storage.get(key, range);
    return stream && buffer(stream);
  };
  const keys = async () => {
    const found: string[] = [];
    for await (const objects of storage.list()) found.push(...objects.map(({ key }) => key));
    return found.sort();
  };

  it('gives back what was put into it, whole or in part', async () => {
    const [key, bytes] = [randomUUID(), randomBytes(300_000)];
    await storage.put(key, bytes, 'image/png');
    expect((await read(key))?.equals(bytes)).toBe(true);
    expect((await read(key, { first: 10, last: 19 }))?.equals(bytes.subarray(10, 20))).toBe(true);
    await storage.put(key, Buffer.from('anew'), 'text/plain');
    expect(String(await read(key))).toBe('anew');
  });

  it('has nothing where nothing was put, and nothing that was removed, however often', async () => {
    const key = randomUUID();
    expect(await storage.get(key)).toBeNull();
    await storage.put(key, Buffer.from('x'), 'text/plain');
    await storage.remove(key);
    await storage.remove(key);
    expect(await storage.get(key)).toBeNull();
  });

  it('lists everything that it has', async () => {
    const before = await keys();
    const more = Array.from({ length: 5 }, () => randomUUID());
    for (const key of more) await storage.put(key, Buffer.from(key), 'text/plain');
    expect(await keys()).toEqual([...before, ...more].sort());
    for await (const objects of storage.list())
      for (const { storedAt } of objects) expect(Math.abs(storedAt.getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe('Storage in a directory', () => {
  it('has nothing before anything was put into it', async () => {
    const empty = await openStorage(Config.from({ ENVIRONMENT: 'test', DATA_DIR: join(directory, 'none') }));
    for await (const objects of empty.list()) expect(objects).toEqual([]);
  });

  it('keeps 256 directories at most, files that only their owner may read, and no unfinished ones', async () => {
    const storage = await openStorage(Config.from({ ENVIRONMENT: 'test', DATA_DIR: directory }));
    const key = randomUUID();
    await storage.put(key, Buffer.from('x'), 'text/plain');
    expect(existsSync(join(directory, 'media', key.slice(0, 2), key))).toBe(true);
    for (const shard of readdirSync(join(directory, 'media'))) {
      expect(shard).toMatch(/^[0-9a-f]{2}$/);
      expect(readdirSync(join(directory, 'media', shard)).filter((name) => name.endsWith('.part'))).toEqual([]);
    }
  });

  it('says so where it cannot write', async () => {
    const storage = await openStorage(Config.from({ ENVIRONMENT: 'test', DATA_DIR: directory }));
    rmSync(join(directory, 'media'), { recursive: true });
    writeFileSync(join(directory, 'media'), '');
    await expect(storage.put(randomUUID(), Buffer.from('x'), 'text/plain')).rejects.toThrow('ENOTDIR');
  });
});

describe('Storage in a bucket', () => {
  it('puts everything under media/, and says why where the service is away', async () => {
    expect([...s3.objects.keys()].every((name) => name.startsWith('files/media/'))).toBe(true);
    const settings = {
      S3_BUCKET: 'files',
      S3_ENDPOINT: s3.url,
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'secret',
    };
    const storage = await openStorage(Config.from({ ENVIRONMENT: 'test', DATA_DIR: directory, ...settings }));
    s3.isAway = true;
    await expect(storage.get(randomUUID())).rejects.toThrow('ServiceUnavailable');
    s3.isAway = false;
  });
});
