import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { OrgContext } from '../context/org-context.js';

const CIPHER = 'aes-256-ctr';
const KEY_BYTES = 32;
const MAC_BYTES = 32;
const IV_BYTES = 16;
/** What is shown in answers: a page of messages is looked at now. */
const SHORT_SECONDS = 10 * 60;
/** A link stays the same for so long, so that a browser finds in its cache what it has seen a moment ago. */
const STEP_SECONDS = 5 * 60;
/** For whoever fetches a file because we say so: providers are slow at times. */
export const DAY_SECONDS = 24 * 60 * 60;

/** A file's id, and nothing but a query behind it. */
const FILE = /^[\da-f-]{36}(\?|$)/i;

/** A file's address, and when it ends. */
export interface FileLink {
  url: string;
  expiresAt: Date;
}

/**
 * Addresses that open one file for a while to whoever has them: an <img> can send no credential. The signature is an HMAC over
 * organization, file and end; the organization travels behind it, encrypted, since that is where the file is looked up. Signing
 * asks nobody: the key comes from JWT_SECRET, and a new JWT_SECRET ends all links.
 */
@Injectable()
export class FileLinks {
  private readonly base: string;
  /** What all addresses of files begin with, written as a browser would. */
  private readonly files: string;
  private readonly macKey: Buffer;
  private readonly cipherKey: Buffer;

  constructor({ settings: { PUBLIC_URL, PORT, JWT_SECRET } }: Config) {
    this.base = (PUBLIC_URL || `http://localhost:${PORT}`).replace(/\/$/, '');
    this.files = new URL(`${this.base}/media/`).href;
    this.macKey = derived(JWT_SECRET, 'polydesk file links: signature');
    this.cipherKey = derived(JWT_SECRET, 'polydesk file links: organization');
  }

  /** To a file of the bound organization, for `seconds`, or up to five minutes less. */
  make(fileId: string, seconds = SHORT_SECONDS): FileLink {
    const expires = Math.floor(Date.now() / 1_000 / STEP_SECONDS) * STEP_SECONDS + seconds;
    const signature = this.sign(OrgContext.orgId, fileId, expires).toString('base64url');
    const url = `${this.base}/media/${fileId}?expires=${expires}&signature=${signature}`;
    return { url, expiresAt: new Date(expires * 1_000) };
  }

  /** Whose file it is; null where the link has ended, or was not made here. */
  open(fileId: string, expires: number, signature: string): string | null {
    if (expires * 1_000 <= Date.now()) return null;
    const given = Buffer.from(signature, 'base64url');
    if (given.length <= MAC_BYTES) return null;
    const orgId = this.readOrganization(given);
    const right = this.sign(orgId, fileId, expires);
    return right.length === given.length && timingSafeEqual(right, given) ? orgId : null;
  }

  /** Whether an address is that of a file here, whether or not it opens. */
  isOne({ href }: URL): boolean {
    return href.startsWith(this.files) && FILE.test(href.slice(this.files.length));
  }

  /** A message's attachments as they are shown: with our own address where we keep the file. */
  shown(attachments: unknown): unknown {
    if (!Array.isArray(attachments) || !attachments.some(isKept)) return attachments;
    return this.linked(attachments);
  }

  /** A message's attachments as its provider is told them: with addresses of a day. */
  told<T extends object>(attachments: T[]): T[] {
    return this.linked(attachments, DAY_SECONDS) as T[]; // Nothing changes but where they are.
  }

  private linked(attachments: unknown[], seconds?: number): unknown[] {
    return attachments.map((attachment) => {
      if (!isKept(attachment)) return attachment;
      const { fileId, ...shown } = attachment;
      return { ...shown, url: this.make(fileId, seconds).url };
    });
  }

  /** The HMAC, and behind it the organization, encrypted from where the HMAC says: as in RFC 5297, the same for the same. */
  private sign(orgId: string, fileId: string, expires: number): Buffer {
    const mac = createHmac('sha256', this.macKey)
      .update(JSON.stringify([orgId, fileId, expires]))
      .digest();
    const cipher = createCipheriv(CIPHER, this.cipherKey, mac.subarray(0, IV_BYTES));
    return Buffer.concat([mac, cipher.update(orgId, 'utf8'), cipher.final()]);
  }

  /** Anything at all, where the signature is not ours. */
  private readOrganization(signature: Buffer): string {
    const decipher = createDecipheriv(CIPHER, this.cipherKey, signature.subarray(0, IV_BYTES));
    return Buffer.concat([decipher.update(signature.subarray(MAC_BYTES)), decipher.final()]).toString('utf8');
  }
}

function derived(secret: string, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', label, KEY_BYTES));
}

function isKept(attachment: unknown): attachment is { fileId: string } {
  return typeof attachment === 'object' && attachment !== null && 'fileId' in attachment;
}
