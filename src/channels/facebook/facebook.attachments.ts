/** Attachments of Messenger messages. Source: Messenger Platform webhooks reference, `messages`. */

import type { Attachment } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { idOf, textOf } from '../fields.js';
import { isJsonObject, objectsIn, withoutNulls } from '../storable.js';

/** Every attachment, in its order; kinds that we do not know come under the provider's name. */
export function attachmentsOf(list: Json | undefined): Attachment[] {
  return withoutStickerTwins(objectsIn(list)).map(attachmentOf);
}

/**
 * A sticker's two forms become one: until August 2026 Messenger sends it as an image with a `sticker_id` and also as a
 * `sticker`, before as the one alone and after as the other. Source: Messenger Platform changelog, 1 June 2026.
 */
function withoutStickerTwins(attachments: JsonObject[]): JsonObject[] {
  const stickers = new Set(attachments.filter(({ type }) => type === 'sticker').map(stickerIdOf));
  return attachments.filter((attachment) => !isStickerImage(attachment) || !stickers.has(stickerIdOf(attachment)));
}

/** A `fallback` (a shared link) has its title and address beside the payload, which is null; older ones say `URL`. */
function attachmentOf(attachment: JsonObject): Attachment {
  const { type, payload, title, url, URL: oldUrl, ...others } = attachment;
  const { title: payloadTitle, url: payloadUrl, ...details } = isJsonObject(payload) ? payload : {};
  const name = textOf(title) ?? textOf(payloadTitle);
  const rest = withoutNulls({ ...others, ...details });
  return {
    type: isStickerImage(attachment) ? 'sticker' : (textOf(type) ?? 'unknown'),
    url: textOf(payloadUrl) ?? textOf(url) ?? textOf(oldUrl),
    ...(name === null ? {} : { title: name }),
    ...(Object.keys(rest).length === 0 ? {} : { payload: rest }),
  };
}

function isStickerImage(attachment: JsonObject): boolean {
  return attachment.type === 'image' && stickerIdOf(attachment) !== null;
}

function stickerIdOf({ payload }: JsonObject): string | null {
  return isJsonObject(payload) ? idOf(payload.sticker_id) : null;
}
