import type { JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import type { DeskAttachment } from './entry.js';
import type { ProviderDesk } from './desk.js';
import { objectIn, objectsIn, textIn } from './fields.js';
import { accept, isSilentFor, note } from './outbox.js';
import { refusalOf } from './refusals.js';

const LONGEST_TEXT = 2000;
const MOST_QUICK_REPLIES = 13;
const MEDIA = ['image', 'video', 'audio', 'file'];
const WINDOW_HOURS = 24;
const HUMAN_AGENT_HOURS = 7 * 24;

/** `POST me/messages` of Messenger. Source: Messenger Platform, Send API reference. */
export function sendByMessenger(desk: ProviderDesk, page: DeskPage, body: JsonObject): JsonObject {
  const customer = textIn(objectIn(body['recipient'])['id']);
  if (customer === null) throw badRequest('The parameter recipient is required');
  const action = textIn(body['sender_action']);
  if (action !== null) {
    note(desk, page, action, customer);
    return { recipient_id: customer };
  }
  const message = objectIn(body['message']);
  checkMessage(message);
  checkWindow(desk, page, customer, body);
  const entry = accept(
    desk,
    page,
    { customer, request: body, tag: textIn(body['tag']), ...contents(desk, message, body) },
    null,
  );
  return { recipient_id: customer, message_id: entry.id };
}

function checkMessage({ text, attachment, quick_replies }: JsonObject): void {
  const { type, payload } = objectIn(attachment);
  if (textIn(text) === null && attachment === undefined)
    throw badRequest('Message cannot be empty, must provide valid attachment or text');
  if (textIn(text) !== null && attachment !== undefined)
    throw badRequest('Message cannot have both text and attachment');
  if ((textIn(text)?.length ?? 0) > LONGEST_TEXT)
    throw badRequest(`Length of param message[text] must be less than or equal to ${LONGEST_TEXT}`);
  if (objectsIn(quick_replies).length > MOST_QUICK_REPLIES) throw badRequest('Too many quick replies');
  if (attachment === undefined) return;
  const { url, attachment_id } = objectIn(payload);
  if (!MEDIA.includes(textIn(type) ?? '') && type !== 'template') throw badRequest('Invalid attachment type');
  if (type !== 'template' && textIn(url) === null && textIn(attachment_id) === null)
    throw badRequest('Attachment has no url or attachment_id');
}

function checkWindow(desk: ProviderDesk, page: DeskPage, customer: string, { messaging_type, tag }: JsonObject): void {
  const isTagged = messaging_type === 'MESSAGE_TAG';
  if (isTagged && tag !== 'HUMAN_AGENT') throw badRequest('The message tag is not supported any more');
  if (!isSilentFor(desk, page, customer, isTagged ? HUMAN_AGENT_HOURS : WINDOW_HOURS)) return;
  throw refusalOf('facebook', 10, 2018278, 'This message is sent outside of allowed window');
}

function contents(desk: ProviderDesk, message: JsonObject, body: JsonObject) {
  return {
    text: textIn(message['text']),
    attachments: 'attachment' in message ? [toAttachment(desk, objectIn(message['attachment']))] : [],
    buttons: objectsIn(message['quick_replies']).map(toButton),
    metadata: textIn(message['metadata']),
    replyTo: textIn(objectIn(body['reply_to'])['mid']),
  };
}

function toButton({ title, payload }: JsonObject) {
  return { title: textIn(title) ?? '', payload: textIn(payload) ?? '' };
}

function toAttachment(desk: ProviderDesk, { type, payload }: JsonObject): DeskAttachment {
  const { url, attachment_id } = objectIn(payload);
  const uploaded = desk.files.find(textIn(attachment_id) ?? '');
  return { type: textIn(type) ?? 'file', url: uploaded ? desk.files.urlOf(uploaded) : textIn(url) };
}

function badRequest(details: string) {
  return refusalOf('facebook', 100, undefined, details);
}
