/** One part to one request of the Send API. Source: Send API reference; message tags. */

import { NoAnswerError } from '../provider.js';
import type { Http, PageAccess, ProviderApp, ProviderRequest } from '../provider.js';
import type { JsonObject } from '../json.js';
import type { OutgoingMessage } from '../outgoing.js';
import { idOf } from '../fields.js';
import { bearer, callGraph, graphUrl, proofOf } from '../meta.graph.js';
import { MESSENGER } from './facebook.failures.js';

/** Longer titles are cut by Messenger itself. */
const LONGEST_TITLE = 20;

export async function send(part: OutgoingMessage, page: PageAccess, app: ProviderApp, http: Http): Promise<string> {
  const answer = await callGraph(messagesRequest(bodyOf(part), page, app), MESSENGER, http);
  const id = idOf(answer.message_id);
  if (id === null) throw new NoAnswerError('Facebook named no message');
  return id;
}

/** Whatever goes to a person: messages, and signs of life. */
export function messagesRequest(json: JsonObject, { accessToken }: PageAccess, app: ProviderApp): ProviderRequest {
  const url = graphUrl(app.apiUrl, ['me', 'messages'], proofOf(accessToken, app.appSecret));
  return { method: 'POST', url, headers: bearer(accessToken), json };
}

function bodyOf(part: OutgoingMessage): JsonObject {
  return {
    ...(part.tag === null ? { messaging_type: 'RESPONSE' } : { messaging_type: 'MESSAGE_TAG', tag: part.tag }),
    recipient: { id: part.customerExternalId },
    message: messageOf(part),
    ...(part.replyTo !== null && { reply_to: { mid: part.replyTo } }),
  };
}

/** `metadata` comes back with the echo, which is how a part is known again whose answer we never got. */
function messageOf({ id, text, attachments, quickReplies }: OutgoingMessage): JsonObject {
  const [attachment] = attachments;
  return {
    metadata: id,
    ...(text !== null && { text }),
    ...(attachment && {
      attachment: { type: attachment.type, payload: { url: attachment.url, is_reusable: false } },
    }),
    ...(quickReplies.length > 0 && { quick_replies: quickReplies.map(quickReplyOf) }),
  };
}

function quickReplyOf({ title, payload }: { title: string; payload: string }): JsonObject {
  return { content_type: 'text', title: [...title].slice(0, LONGEST_TITLE).join(''), payload };
}
