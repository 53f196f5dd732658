import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Config } from '../config/config.js';
import { OrgContext } from '../context/org-context.js';
import { FileLinks } from './file-links.js';

const SECRET = 'a test secret of more than 32 characters';
const links = new FileLinks(config(SECRET));

describe('Links to files', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('say whose file it is, and show it to nobody', () => {
    const fileId = randomUUID();
    const { url, expires, signature } = made(fileId);
    expect(url).toMatch(/^https:\/\/desk\.example\/media\//);
    expect(`${url}${Buffer.from(signature, 'base64url').toString('latin1')}`).not.toContain('org_acme');
    expect(links.open(fileId, expires, signature)).toBe('org_acme');
  });

  it('are the same for some minutes, and end after ten at most', () => {
    jest.useFakeTimers({ now: new Date('2026-11-21T10:01:00Z') });
    const fileId = randomUUID();
    const { url, expires, signature } = made(fileId);
    jest.setSystemTime(new Date('2026-11-21T10:04:59Z'));
    expect(made(fileId).url).toBe(url);
    jest.setSystemTime(new Date('2026-11-21T10:05:00Z'));
    expect(made(fileId).url).not.toBe(url);
    jest.setSystemTime(new Date('2026-11-21T10:09:59Z'));
    expect(links.open(fileId, expires, signature)).toBe('org_acme');
    jest.setSystemTime(new Date('2026-11-21T10:10:00Z'));
    expect(links.open(fileId, expires, signature)).toBeNull();
  });

  it('open nothing else: no other file, no longer, not with a changed signature, not from another installation', () => {
    const fileId = randomUUID();
    const { expires, signature } = made(fileId);
    expect(links.open(randomUUID(), expires, signature)).toBeNull();
    expect(links.open(fileId, expires + 1, signature)).toBeNull();
    expect(new FileLinks(config(`${SECRET}, another`)).open(fileId, expires, signature)).toBeNull();
    const bytes = Buffer.from(signature, 'base64url');
    for (const place of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(links.open(fileId, expires, changed.toString('base64url'))).toBeNull();
    }
    for (const text of ['', 'x', signature.slice(0, 43), `${signature}AAAA`, '\0', '💥'])
      expect(links.open(fileId, expires, text)).toBeNull();
  });

  it('stand in the place of the address of a file that is kept, and of no other', () => {
    const fileId = randomUUID();
    const other = { type: 'image', url: 'https://cdn.example/b.png' };
    const kept = { type: 'image', url: 'https://cdn.example/a.png', title: 'a', fileId };
    expect(inAcme(() => links.shown([kept, other]))).toEqual([
      { type: 'image', url: made(fileId).url, title: 'a' },
      other,
    ]);
    const none = [other];
    expect(links.shown(none)).toBe(none);
    expect(links.shown([])).toEqual([]);
  });
});

function config(secret: string): Config {
  return Config.from({ ENVIRONMENT: 'test', PUBLIC_URL: 'https://desk.example', JWT_SECRET: secret });
}

function inAcme<T>(work: () => T): T {
  return OrgContext.runAsSystem('org_acme', 'test', work);
}

function made(fileId: string): { url: string; expires: number; signature: string } {
  const { url } = inAcme(() => links.make(fileId));
  const { searchParams } = new URL(url);
  return { url, expires: Number(searchParams.get('expires')), signature: searchParams.get('signature') ?? '' };
}
