import type { JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import type { DeskAttachment } from './entry.js';
import type { ProviderDesk } from './desk.js';
import { objectIn, objectsIn, textIn } from './fields.js';
import { accept, isSilentFor } from './outbox.js';
import { refusalOf } from './refusals.js';

const LONGEST_TEXT = 2000;
const WINDOW_HOURS = 7 * 24;

/** `POST /v3.0/oa/message/cs` of Zalo. Source: Zalo Official Account API, consultation messages. */
export function sendByZalo(desk: ProviderDesk, page: DeskPage, body: JsonObject): JsonObject {
  const customer = textIn(objectIn(body['recipient'])['user_id']);
  if (customer === null) throw refusalOf('zalo', -201, undefined, 'user_id is invalid!');
  const message = objectIn(body['message']);
  const text = textIn(message['text']);
  const attachments = 'attachment' in message ? [toAttachment(desk, objectIn(message['attachment']))] : [];
  if (text === null && attachments.length === 0) throw refusalOf('zalo', -201, undefined, 'message is invalid!');
  if ((text?.length ?? 0) > LONGEST_TEXT) throw refusalOf('zalo', -201, undefined, 'text is too long!');
  if (isSilentFor(desk, page, customer, WINDOW_HOURS)) throw refusalOf('zalo', -230);
  const replyTo = textIn(message['quote_message_id']);
  const entry = accept(desk, page, { customer, request: body, text, attachments, replyTo }, null);
  const quota = { quota_type: 'reply', remain: '7', total: '8' };
  return { message_id: entry.id, user_id: customer, sent_time: String(entry.at.getTime()), quota };
}

function toAttachment(desk: ProviderDesk, { type, payload }: JsonObject): DeskAttachment {
  const { token, elements } = objectIn(payload);
  const [element = {}] = objectsIn(elements);
  const id = textIn(type === 'file' ? token : element['attachment_id']);
  const uploaded = id === null ? undefined : desk.files.find(id);
  const url = uploaded ? desk.files.urlOf(uploaded) : textIn(element['url']);
  if (url === null) throw refusalOf('zalo', -201, undefined, 'attachment is invalid!');
  const name = uploaded?.name;
  return {
    type: type === 'file' ? 'file' : (textIn(element['media_type']) ?? 'image'),
    url,
    ...(name !== undefined && { name }),
  };
}
