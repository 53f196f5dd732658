import type { Attachment } from '../../channels/channel-events.js';
import type { JsonObject } from '../../channels/json.js';

const LONGEST_NAME = 255;
/** The others are links, places, contacts: what they name is no file, and does not end. */
const FILES = new Set(['image', 'video', 'audio', 'voice', 'file', 'document', 'sticker', 'gif']);

/** A message's attachment as its row keeps it; null where there is none in that position. */
export function attachmentAt(attachments: unknown, position: number): Attachment | null {
  const attachment: unknown = Array.isArray(attachments) ? attachments[position] : undefined;
  return isAttachment(attachment) ? attachment : null;
}

export function isFile({ type }: Attachment): boolean {
  return FILES.has(type);
}

/** What its sender called a file; null where they did not. */
export function nameOf({ title, payload }: Attachment): string | null {
  const name = [payload?.['name'], payload?.['filename'], title].find(
    (text) => typeof text === 'string' && text !== '',
  );
  return typeof name === 'string' ? name.slice(0, LONGEST_NAME) : null;
}

/** As a channel wrote it. */
function isAttachment(value: unknown): value is Attachment & { payload?: JsonObject } {
  return typeof value === 'object' && value !== null && 'type' in value && 'url' in value;
}
