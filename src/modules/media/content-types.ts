/** What nobody knows: a browser saves it, and does nothing else with it. */
export const UNKNOWN_TYPE = 'application/octet-stream';

/** As many bytes as tell a type. */
const HEAD_BYTES = 16;

/** What a file of a type begins with; a dot stands for any byte. */
const BEGINNINGS: [beginning: string, type: string][] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['RIFF....WEBP', 'image/webp'],
  ['RIFF....WAVE', 'audio/wav'],
  ['....ftypM4A ', 'audio/mp4'],
  ['....ftypM4B ', 'audio/mp4'],
  ['....ftypqt  ', 'video/quicktime'],
  ['....ftyphei', 'image/heic'],
  ['....ftypmif1', 'image/heif'],
  ['....ftypavif', 'image/avif'],
  ['....ftyp3g', 'video/3gpp'],
  ['....ftyp', 'video/mp4'],
  ['\x1aE\xdf\xa3', 'video/webm'],
  ['OggS', 'audio/ogg'],
  ['fLaC', 'audio/flac'],
  ['ID3', 'audio/mpeg'],
  ['\xff\xfb', 'audio/mpeg'],
  ['\xff\xf3', 'audio/mpeg'],
  ['\xff\xf2', 'audio/mpeg'],
  ['\xff\xf1', 'audio/aac'],
  ['\xff\xf9', 'audio/aac'],
  ['#!AMR', 'audio/amr'],
  ['%PDF-', 'application/pdf'],
];

/**
 * What a browser may show in place. Nothing that can hold a script: no HTML, no SVG, no XML, and no PDF, which a browser does
 * not show under the policy that these are served with.
 */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);

/**
 * Documents whose first bytes say nothing, and which browsers do not run. Providers take them by their type.
 * Source: WhatsApp Cloud API, "Supported media types"; Zalo OA documentation, uploads.
 */
const DOCUMENTS = new Set([
  'text/plain',
  'text/csv',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
]);

/** A file's type by its first bytes. What the sender said of it counts for nothing: it decides what a browser does with it. */
export function typeOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  return BEGINNINGS.find(([beginning]) => beginsWith(head, beginning))?.[1] ?? UNKNOWN_TYPE;
}

/** The type of a file that is uploaded: where its first bytes say nothing, `said` counts, but only for a document. */
export function uploadedTypeOf(bytes: Uint8Array, said = ''): string {
  const type = typeOf(bytes);
  const [document = ''] = said.toLowerCase().split(';');
  return type === UNKNOWN_TYPE && DOCUMENTS.has(document.trim()) ? document.trim() : type;
}

export function mayBeShown(contentType: string): boolean {
  return SHOWN.has(contentType) || /^(audio|video)\//.test(contentType);
}

function beginsWith(head: string, beginning: string): boolean {
  return head.length >= beginning.length && [...beginning].every((byte, at) => byte === '.' || byte === head[at]);
}
