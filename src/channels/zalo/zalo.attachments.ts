/** Attachments of Zalo messages. Source: Zalo OA documentation, webhook events of messages. */

import type { Attachment } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { textOf } from '../fields.js';
import { isJsonObject, objectsIn, withoutNulls } from '../storable.js';

/** Kinds whose address is that of a file; a link leads to a page. */
const FILES = new Set(['image', 'photo', 'gif', 'sticker', 'audio', 'voice', 'video', 'file']);

/** Every attachment, in its order. Those that do not say their type have the one that the event is named after. */
export function attachmentsOf(list: Json | undefined, eventName: string): Attachment[] {
  const fallback = eventName.replace(/^[a-z]+_send_/, '');
  return objectsIn(list).map((attachment) => attachmentOf(attachment, fallback));
}

export function isFile({ type }: Attachment): boolean {
  return FILES.has(type);
}

/** A file's name is its title. Sizes are text and coordinates too: everything stays as it came. */
function attachmentOf({ type, payload, ...others }: JsonObject, fallback: string): Attachment {
  const { url, name, ...details } = isJsonObject(payload) ? payload : {};
  const title = textOf(name);
  const rest = withoutNulls({ ...others, ...details });
  return {
    type: textOf(type) ?? fallback,
    url: textOf(url),
    ...(title === null ? {} : { title }),
    ...(Object.keys(rest).length === 0 ? {} : { payload: rest }),
  };
}
