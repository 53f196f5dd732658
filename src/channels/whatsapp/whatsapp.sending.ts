/** One part to one request of the Messages API. Source: Messages API reference. */

import { NoAnswerError } from '../provider.js';
import type { Http, PageAccess, ProviderApp } from '../provider.js';
import type { JsonObject } from '../json.js';
import type { OutgoingAttachment, OutgoingMessage } from '../outgoing.js';
import { idOf } from '../fields.js';
import { bearer, callGraph, graphUrl } from '../meta.graph.js';
import { objectsIn } from '../storable.js';
import { WHATSAPP } from './whatsapp.failures.js';
import { interactiveOf } from './whatsapp.interactive.js';

/** People without a visible number have ids such as `US.1234`. */
const PHONE_NUMBER = /^\+?\d+$/;

const MEDIA_TYPES: Record<OutgoingAttachment['type'], string> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
};

export async function send(part: OutgoingMessage, page: PageAccess, app: ProviderApp, http: Http): Promise<string> {
  const answer = await callMessages(bodyOf(part), page, app, http);
  const id = idOf(objectsIn(answer.messages)[0]?.id);
  if (id === null) throw new NoAnswerError('WhatsApp named no message');
  return id;
}

/** Whatever goes out from a number: messages, and signs of life. */
export function callMessages(body: JsonObject, page: PageAccess, { apiUrl }: ProviderApp, http: Http) {
  const url = graphUrl(apiUrl, [page.oaId, 'messages']);
  const json = { messaging_product: 'whatsapp', ...body };
  return callGraph({ method: 'POST', url, headers: bearer(page.accessToken), json }, WHATSAPP, http);
}

/** `biz_opaque_callback_data` comes back with the statuses, which is how a part is known whose answer we never got. */
function bodyOf(part: OutgoingMessage): JsonObject {
  const { id, customerExternalId, replyTo } = part;
  return {
    recipient_type: 'individual',
    ...(PHONE_NUMBER.test(customerExternalId) ? { to: customerExternalId } : { recipient: customerExternalId }),
    ...contentsOf(part),
    ...(replyTo !== null && { context: { message_id: replyTo } }),
    biz_opaque_callback_data: id,
  };
}

function contentsOf({ text, attachments, quickReplies, template }: OutgoingMessage): JsonObject {
  const [file] = attachments;
  if (template)
    return {
      type: 'template',
      template: { name: template.name, language: { code: template.language }, components: template.components },
    };
  if (file) return { type: MEDIA_TYPES[file.type], [MEDIA_TYPES[file.type]]: mediaOf(file, text) };
  if (quickReplies.length > 0) return { type: 'interactive', interactive: interactiveOf(text ?? '', quickReplies) };
  return { type: 'text', text: { body: text, preview_url: true } };
}

/** Only documents have names. */
function mediaOf({ type, url, title }: OutgoingAttachment, caption: string | null): JsonObject {
  return {
    link: url,
    ...(caption !== null && { caption }),
    ...(type === 'file' && title !== undefined && { filename: title }),
  };
}
