/** What a WhatsApp message says, by its type. Source: Cloud API webhooks reference, `messages`. */

import type { Attachment } from '../channel-events.js';
import type { Json, JsonObject } from '../json.js';
import { idOf, textOf } from '../fields.js';
import { isJsonObject, objectsIn, withoutNulls } from '../storable.js';

export interface Contents {
  text: string | null;
  attachments: Attachment[];
  metadata: JsonObject;
}

/** Reads the object that is named after the type. */
type Reader = (details: JsonObject, item: JsonObject) => Partial<Contents>;

const NOT_HANDED_OVER =
  'The customer sent something that WhatsApp does not hand over, such as a poll or a message that disappears.';

const READERS = new Map<string, Reader>(
  Object.entries({
    text: ({ body }) => ({ text: textOf(body) }),
    image: (details) => mediaOf('image', details),
    video: (details) => mediaOf('video', details),
    audio: (details) => mediaOf('audio', details),
    document: (details) => mediaOf('file', details),
    sticker: (details) => mediaOf('sticker', details),
    location: ({ name, url, ...rest }) =>
      attached('location', { title: textOf(name), url: textOf(url), payload: rest }),
    contacts: (_, { contacts }) => ({ attachments: objectsIn(contacts).map(contactOf) }),
    interactive: interactiveOf,
    button: ({ text, payload }) => ({ text: textOf(text), metadata: withoutNulls({ quickReply: textOf(payload) }) }),
    order: (details) => ({ text: textOf(details.text), ...attached('order', { payload: details }) }),
  } satisfies Record<string, Reader>),
);

/** A type that is new to us comes as an attachment of that type, with all that was said of it. */
export function contentsOf(item: JsonObject): Contents {
  const type = textOf(item.type) ?? 'unsupported';
  const details = item[type];
  const read = READERS.get(type) ?? unknownOf(type);
  const contents = read(objectOf(details), item);
  const isEmpty = contents.text == null && contents.attachments === undefined;
  return {
    text: contents.text ?? null,
    attachments: contents.attachments ?? [],
    metadata: { ...aroundOf(item), ...contents.metadata, ...(isEmpty && { unsupported: NOT_HANDED_OVER }) },
  };
}

/** `id` is what the file is asked for by; an address is given seldom, and opens with our token only. */
function mediaOf(type: string, { caption, filename, url, ...rest }: JsonObject): Partial<Contents> {
  const title = textOf(filename);
  return { text: textOf(caption), ...attached(type, { title, url: textOf(url), payload: rest }) };
}

function unknownOf(type: string): Reader {
  return (details) => (Object.keys(details).length === 0 ? {} : attached(type, { payload: details }));
}

function contactOf(contact: JsonObject): Attachment {
  const name = isJsonObject(contact.name) ? textOf(contact.name.formatted_name) : null;
  return { type: 'contact', url: null, ...(name !== null && { title: name }), payload: contact };
}

/** A pressed button or a chosen row stands for writing its title; a form (`nfm_reply`) for what it calls itself. */
function interactiveOf(details: JsonObject): Partial<Contents> {
  const reply = details[textOf(details.type) ?? ''];
  if (!isJsonObject(reply)) return attached('interactive', { payload: details });
  const metadata = withoutNulls({ quickReply: idOf(reply.id), interactive: details });
  return { text: textOf(reply.title) ?? textOf(reply.body) ?? textOf(reply.name), metadata };
}

function attached(
  type: string,
  { title = null, url = null, payload }: { title?: string | null; url?: string | null; payload: JsonObject },
): { attachments: Attachment[] } {
  const details = withoutNulls(payload);
  const hasDetails = Object.keys(details).length > 0;
  return {
    attachments: [{ type, url, ...(title !== null && { title }), ...(hasDetails && { payload: details }) }],
  };
}

/** What it answers, where it came from, and what went wrong with it. */
function aroundOf({ context, referral, group_id: groupId, errors }: JsonObject): JsonObject {
  const { id, forwarded, frequently_forwarded: often, referred_product: product } = objectOf(context);
  return withoutNulls({
    replyTo: idOf(id),
    forwarded: forwarded === true || often === true ? true : null,
    referredProduct: isJsonObject(product) ? product : null,
    referral: isJsonObject(referral) ? referral : null,
    groupId: idOf(groupId),
    errors: Array.isArray(errors) ? errors : null,
  });
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
