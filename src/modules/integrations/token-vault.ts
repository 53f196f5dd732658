import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG = { authTagLength: 16 };

/** The integration that tokens belong to. */
export interface Owner {
  orgId: string;
  integrationId: string;
}

/** Where a sealed value is kept. It opens nowhere else. */
export interface Place extends Owner {
  field: 'accessToken' | 'refreshToken';
}

/** The tokens of one integration as its row keeps them: sealed, or plain text where no key is named. */
export interface KeptTokens {
  accessToken: string | null;
  refreshToken: string | null;
  tokenKeyId: string | null;
}

/** The key that sealed a value is not among ours. */
export class UnknownTokenKeyError extends Error {
  constructor(keyId: string) {
    super(
      `Tokens were sealed with key ${keyId}, which ENCRYPTION_KEY does not have: put the old key behind the new one, as in new,old`,
    );
    this.name = 'UnknownTokenKeyError';
  }
}

/** A sealed value does not open in this place, although its key is known. */
export class DamagedTokenError extends Error {
  constructor({ orgId, integrationId, field }: Place) {
    super(
      `The ${field} of integration ${integrationId} of ${orgId} was damaged, or copied from another row: enter it again`,
    );
    this.name = 'DamagedTokenError';
  }
}

/** Seals providers' tokens at rest with AES-256-GCM. The first key of ENCRYPTION_KEY seals, every one of them opens. */
@Injectable()
export class TokenVault {
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

  /** Throws {@link UnknownTokenKeyError} or {@link DamagedTokenError}. */
  open(sealed: string, keyId: string, place: Place): string {
    const key = this.key(keyId);
    const [iv = '', ciphertext = '', tag = ''] = sealed.split('.');
    try {
      const decipher = createDecipheriv(CIPHER, key, Buffer.from(iv, 'base64'), TAG).setAAD(nameOf(place));
      decipher.setAuthTag(Buffer.from(tag, 'base64'));
      return decipher.update(ciphertext, 'base64', 'utf8') + decipher.final('utf8');
    } catch {
      throw new DamagedTokenError(place);
    }
  }

  /**
   * What the row is to keep once `given` replaces tokens of it. One key seals both, so those left out are opened and sealed
   * again where an older one did; that throws as {@link open} does.
   */
  replace(kept: KeptTokens, given: { accessToken?: string; refreshToken?: string | null }, owner: Owner): KeptTokens {
    const next = (field: Place['field']) => {
      if (given[field] === undefined && kept.tokenKeyId === this.keyId) return kept[field];
      const text = given[field] === undefined ? this.openKept(kept, { ...owner, field }) : given[field];
      return text === null ? null : this.seal(text, { ...owner, field });
    };
    const [accessToken, refreshToken] = [next('accessToken'), next('refreshToken')];
    return { accessToken, refreshToken, tokenKeyId: accessToken === null && refreshToken === null ? null : this.keyId };
  }

  private openKept({ tokenKeyId, ...tokens }: KeptTokens, place: Place): string | null {
    const token = tokens[place.field];
    return token === null || tokenKeyId === null ? token : this.open(token, tokenKeyId, place);
  }

  private key(id: string): KeyObject {
    const key = this.keys.get(id);
    if (!key) throw new UnknownTokenKeyError(id);
    return key;
  }
}

/** No token is kept. */
export const NO_TOKENS: KeptTokens = { accessToken: null, refreshToken: null, tokenKeyId: null };

/** JSON, so that no two places have the same name. */
function nameOf({ orgId, integrationId, field }: Place): Buffer {
  return Buffer.from(JSON.stringify([orgId, integrationId, field]));
}
