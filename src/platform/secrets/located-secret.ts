import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isUUID } from 'class-validator';
import { uuidv7 } from 'uuidv7';

const SECRET_BYTES = 32;

/** A secret that says where it is kept, so that it can be looked up inside its organization. Only its hash is stored. */
export interface LocatedSecret {
  orgId: string;
  id: string;
  /** The whole text, handed out once. */
  text: string;
  hash: Buffer<ArrayBuffer>;
}

/** A new secret: `<prefix>_<organization>.<id>.<random>`. */
export function makeSecret(prefix: string, orgId: string): LocatedSecret {
  const id = uuidv7();
  const random = randomBytes(SECRET_BYTES).toString('base64url');
  const text = `${prefix}_${Buffer.from(orgId).toString('base64url')}.${id}.${random}`;
  return { orgId, id, text, hash: hashOf(text) };
}

/** What a presented text claims to be; null where it is not of this kind. The hash still has to match. */
export function readSecret(prefix: string, text: string): LocatedSecret | null {
  if (!text.startsWith(`${prefix}_`) || text.length > 512) return null;
  const [place = '', id = ''] = text.slice(prefix.length + 1).split('.');
  const orgId = Buffer.from(place, 'base64url').toString('utf8');
  if (!isUUID(id) || !/^[\w-]{1,64}$/.test(orgId)) return null;
  return { orgId, id, text, hash: hashOf(text) };
}

/** Compares in constant time. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** SHA-256: enough for secrets of 256 random bits. */
export function hashOf(text: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(text).digest());
}
