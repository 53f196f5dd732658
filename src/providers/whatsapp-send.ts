import type { JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import type { DeskAttachment, DeskButton } from './entry.js';
import type { ProviderDesk } from './desk.js';
import { objectIn, objectsIn, textIn } from './fields.js';
import { accept, isSilentFor, note } from './outbox.js';
import { refusalOf } from './refusals.js';

const LONGEST_TEXT = 4096;
const LONGEST_CAPTION = 1024;
const MOST_BUTTONS = 3;
const MOST_ROWS = 10;
const LONGEST_BUTTON = 20;
const MEDIA = ['image', 'video', 'audio', 'document', 'sticker'];
const WINDOW_HOURS = 24;

/** `POST {phone}/messages` of WhatsApp. `failure`: accept it, and say later that it failed. Source: Cloud API, "Messages". */
export function sendByWhatsApp(
  desk: ProviderDesk,
  page: DeskPage,
  body: JsonObject,
  failure: number | null,
): JsonObject {
  if (body['messaging_product'] !== 'whatsapp')
    throw refusalOf('whatsapp', 100, undefined, 'The parameter messaging_product is required.');
  if (body['status'] === 'read') return markRead(desk, page, body);
  const to = textIn(body['to']) ?? textIn(body['recipient']);
  if (to === null) throw refusalOf('whatsapp', 131008, undefined, 'The parameter to is required.');
  const customer = to.replace(/^\+/, '');
  const type = textIn(body['type']) ?? 'text';
  if (type === 'reaction') return react(desk, page, customer, objectIn(body['reaction']));
  const written = contents(desk, type, objectIn(body[type]));
  if (type !== 'template' && isSilentFor(desk, page, customer, WINDOW_HOURS))
    throw refusalOf(
      'whatsapp',
      131047,
      undefined,
      'More than 24 hours have passed since the customer last replied to this number.',
    );
  const replyTo = textIn(objectIn(body['context'])['message_id']);
  const metadata = textIn(body['biz_opaque_callback_data']);
  const entry = accept(desk, page, { customer, request: body, replyTo, metadata, ...written }, failure);
  return answer(customer, entry.id);
}

function answer(customer: string, id: string): JsonObject {
  return { messaging_product: 'whatsapp', contacts: [{ input: customer, wa_id: customer }], messages: [{ id }] };
}

function markRead(desk: ProviderDesk, page: DeskPage, body: JsonObject): JsonObject {
  const found = desk.conversations.find(textIn(body['message_id']) ?? '');
  const customer = found?.conversation.customer ?? null;
  note(desk, page, 'mark_seen', customer, body['message_id'] ?? null);
  if ('typing_indicator' in body) note(desk, page, 'typing_on', customer);
  return { success: true };
}

function react(desk: ProviderDesk, page: DeskPage, customer: string, { message_id, emoji }: JsonObject): JsonObject {
  const found = desk.conversations.find(textIn(message_id) ?? '');
  const said = textIn(emoji);
  if (found && said === null) delete found.entry.reactions.page;
  if (found && said !== null) found.entry.reactions.page = said;
  note(desk, page, 'reaction', customer, { message_id: message_id ?? null, emoji: said });
  return answer(customer, desk.wireOf(page).newMessageId());
}

function contents(desk: ProviderDesk, type: string, value: JsonObject) {
  if (type === 'text') return { text: checkedText(textIn(value['body']), LONGEST_TEXT, 'text.body') };
  if (type === 'template') return template(value);
  if (type === 'interactive') return interactive(value);
  if (MEDIA.includes(type)) return media(desk, type, value);
  if (type === 'location' || type === 'contacts') return { text: null, template: { type, ...value } };
  throw refusalOf('whatsapp', 131051, undefined, `The message type ${type} is not supported.`);
}

function checkedText(text: string | null, longest: number, name: string): string {
  if (text === null) throw refusalOf('whatsapp', 131008, undefined, `The parameter ${name} is required.`);
  if (text.length > longest) throw invalid(`${name} must be at most ${longest} characters long.`);
  return text;
}

function template(value: JsonObject) {
  if (textIn(value['name']) === null || textIn(objectIn(value['language'])['code']) === null)
    throw refusalOf(
      'whatsapp',
      131008,
      undefined,
      'The parameters template.name and template.language.code are required.',
    );
  return { text: null, template: value };
}

function interactive({ type, body, action }: JsonObject) {
  const buttons = type === 'list' ? rowsOf(objectIn(action)) : buttonsOf(objectIn(action));
  if (buttons.length === 0 || buttons.length > (type === 'list' ? MOST_ROWS : MOST_BUTTONS))
    throw invalid('Wrong number of choices.');
  if (type !== 'list' && buttons.some(({ title }) => title.length > LONGEST_BUTTON))
    throw invalid('Button title length invalid.');
  return { text: checkedText(textIn(objectIn(body)['text']), LONGEST_CAPTION, 'interactive.body.text'), buttons };
}

function buttonsOf({ buttons }: JsonObject): DeskButton[] {
  return objectsIn(buttons).map(({ reply }) => toButton(objectIn(reply)));
}

function rowsOf({ sections }: JsonObject): DeskButton[] {
  return objectsIn(sections).flatMap(({ rows }) => objectsIn(rows).map(toButton));
}

function toButton({ id, title }: JsonObject): DeskButton {
  return { payload: textIn(id) ?? '', title: textIn(title) ?? '' };
}

function media(desk: ProviderDesk, type: string, { id, link, caption, filename }: JsonObject) {
  const uploaded = desk.files.find(textIn(id) ?? '');
  const url = uploaded ? desk.files.urlOf(uploaded) : textIn(link);
  if (url === null)
    throw refusalOf('whatsapp', 131008, undefined, `The parameter ${type}.link or ${type}.id is required.`);
  const name = textIn(filename);
  const attachment: DeskAttachment = { type: type === 'document' ? 'file' : type, url, ...(name !== null && { name }) };
  return { text: textIn(caption), attachments: [attachment] };
}

function invalid(details: string) {
  return refusalOf('whatsapp', 131009, undefined, details);
}
