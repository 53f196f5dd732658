import { AppError } from '../../platform/http/app-error.js';
import type { ByteRange } from './media-storage.js';

/**
 * The part of a file of `size` bytes that a Range header asks for; undefined for all of it, also where the header asks for several
 * parts or cannot be read. Throws 416 for a part that there is not. Source: RFC 9110, 14.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const range = from === '' ? lastBytes(Number(to), size) : { first: Number(from), last: lastOf(to, size) };
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (range.first >= size) throw outside(size);
  return range;
}

function lastBytes(count: number, size: number): ByteRange {
  return count === 0 ? { first: size, last: size } : { first: Math.max(0, size - count), last: size - 1 };
}

function lastOf(to: string, size: number): number {
  return to === '' ? size - 1 : Math.min(Number(to), size - 1);
}

function outside(size: number): AppError {
  const headers = { 'content-range': `bytes */${size}` };
  return new AppError(
    'range_not_satisfiable',
    416,
    `The file has ${size} bytes: ask for some of them`,
    undefined,
    headers,
  );
}
