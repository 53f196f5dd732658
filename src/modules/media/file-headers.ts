import { mayBeShown } from './content-types.js';
import type { OpenFile } from './media.service.js';

/**
 * How a browser is to take a file that a stranger has sent: as what its first bytes say, with no script in it, and saved where it
 * may not be shown.
 */
export function fileHeaders({ file, range }: OpenFile, expires: number): Record<string, string> {
  const { contentType, size, name } = file;
  const disposition = mayBeShown(contentType) ? 'inline' : 'attachment';
  return {
    'content-type': contentType,
    'content-length': String(range ? range.last - range.first + 1 : size),
    ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${size}` }),
    'accept-ranges': 'bytes',
    'content-disposition': `${disposition}${name === null ? '' : `; ${filename(name)}`}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin', // An <img> of an app on another origin.
    'referrer-policy': 'no-referrer',
    'cache-control': `private, max-age=${Math.max(0, expires - Math.floor(Date.now() / 1_000))}, immutable`,
  };
}

/** Source: RFC 6266 and RFC 8187. */
function filename(name: string): string {
  const safe = name.replaceAll(/[^\w .()-]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (sign) => `%${hex(sign)}`);
  return `filename="${safe}"; filename*=UTF-8''${encoded}`;
}

function hex(sign: string): string {
  return sign.charCodeAt(0).toString(16).toUpperCase();
}
