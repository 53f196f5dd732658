import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG = { authTagLength: 16 };

/** Where a sealed value is kept. It opens nowhere else. */
export interface Place {
  orgId: string;
  rowId: string;
  field: string;
}

/** The key that sealed a value is not among ours. */
export class UnknownKeyError extends Error {
  constructor(keyId: string) {
    super(
      `A secret was sealed with key ${keyId}, which ENCRYPTION_KEY does not have: put the old key behind the new one, as in new,old`,
    );
    this.name = 'UnknownKeyError';
  }
}

/** A sealed value does not open in this place, although its key is known. */
export class DamagedSecretError extends Error {
  constructor({ orgId, rowId, field }: Place) {
    super(`The ${field} of ${rowId} of ${orgId} was damaged, or copied from another row: enter it again`);
    this.name = 'DamagedSecretError';
  }
}

/** Seals what is secret at rest with AES-256-GCM. The first key of ENCRYPTION_KEY seals, every one of them opens. */
@Injectable()
export class SecretVault {
  /** The key that seals. */
  readonly keyId: string;
  private readonly keys: ReadonlyMap<string, KeyObject>;

  constructor({ encryptionKeys }: Config) {
    const [first] = encryptionKeys;
    if (!first) throw new Error('ENCRYPTION_KEY names no key: openssl rand -base64 32 makes one');
    this.keyId = first.id;
    this.keys = new Map(encryptionKeys.map(({ id, key }) => [id, key]));
  }

  /** As `iv.ciphertext.tag` in base64. */
  seal(text: string, place: Place): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.key(this.keyId), iv, TAG).setAAD(nameOf(place));
    const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64')).join('.');
  }

  /** Throws {@link UnknownKeyError} or {@link DamagedSecretError}. */
  open(sealed: string, keyId: string, place: Place): string {
    const key = this.key(keyId);
    const [iv = '', ciphertext = '', tag = ''] = sealed.split('.');
    try {
      const decipher = createDecipheriv(CIPHER, key, Buffer.from(iv, 'base64'), TAG).setAAD(nameOf(place));
      decipher.setAuthTag(Buffer.from(tag, 'base64'));
      return decipher.update(ciphertext, 'base64', 'utf8') + decipher.final('utf8');
    } catch {
      throw new DamagedSecretError(place);
    }
  }

  private key(id: string): KeyObject {
    const key = this.keys.get(id);
    if (!key) throw new UnknownKeyError(id);
    return key;
  }
}

/** JSON, so that no two places have the same name. */
function nameOf({ orgId, rowId, field }: Place): Buffer {
  return Buffer.from(JSON.stringify([orgId, rowId, field]));
}
