import { createHash, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ConfigError } from './settings.js';

const KEY_BYTES = 32;

/** An AES-256 key, and the name it is stored under beside what it sealed. */
export interface EncryptionKey {
  id: string;
  key: KeyObject;
}

/** Parses `ENCRYPTION_KEY`: keys of 32 bytes in hex or base64. Throws {@link ConfigError} for anything else. */
export function encryptionKeys(texts: string[]): EncryptionKey[] {
  return texts.map((text) => {
    const bytes = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64');
    if (bytes.length !== KEY_BYTES)
      throw new ConfigError([
        `ENCRYPTION_KEY must be 32 bytes in base64 or hex, not ${bytes.length}: openssl rand -base64 32`,
      ]);
    return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), key: createSecretKey(bytes) };
  });
}
