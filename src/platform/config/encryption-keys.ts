import { createHash, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const KEY_BYTES = 32;

/** An AES-256 key, and the name it is stored under beside what it sealed. */
export interface EncryptionKey {
  id: string;
  key: KeyObject;
}

/** The keys of `ENCRYPTION_KEY`, each of 32 bytes in hex or base64. */
export function encryptionKeys(texts: string[]): EncryptionKey[] {
  return texts.map((text) => {
    const bytes = bytesOf(text);
    return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), key: createSecretKey(bytes) };
  });
}

/** What is wrong with the text of a key; null where nothing is. */
export function encryptionKeyFault(text: string): string | null {
  const { length } = bytesOf(text);
  return length === KEY_BYTES ? null : `must be 32 bytes in base64 or hex, not ${length}: openssl rand -base64 32`;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64');
}
