import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'pd_live_';

/** A new key: `pd_live_<public id>_<secret><checksum>`. */
export function makeKeyText(): { text: string; prefix: string } {
  const prefix = `${PREFIX}${randomBytes(6).toString('hex')}`;
  const body = `${prefix}_${randomBytes(32).toString('hex')}`;
  return { text: body + checksum(body), prefix };
}

/** Whether a text that looks like one of our keys was mistyped or made up: no need to ask the database. */
export function isMistyped(text: string): boolean {
  return text.startsWith(PREFIX) && checksum(text.slice(0, -8)) !== text.slice(-8);
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
