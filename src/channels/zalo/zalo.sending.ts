/** One part to one request of Zalo's. Source: Zalo OA documentation, consultation messages (v3.0) and uploads (v2.0). */

import { NoAnswerError, NotSentError, ProviderError } from '../provider.js';
import type { Http, PageAccess, ProviderApp } from '../provider.js';
import type { JsonObject } from '../json.js';
import type { OutgoingAttachment, OutgoingMessage } from '../outgoing.js';
import { idOf, textOf } from '../fields.js';
import { callZalo } from './zalo.api.js';
import { linkTo } from './zalo.outgoing.js';

const LARGEST_FILE = 5 * 1024 * 1024;

/** What may be uploaded, and what such a file's name ends in. */
const UPLOADABLE = new Map([
  ['application/pdf', '.pdf'],
  ['application/msword', '.doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', '.docx'],
  ['text/csv', '.csv'],
]);

export async function send(part: OutgoingMessage, page: PageAccess, app: ProviderApp, http: Http): Promise<string> {
  const message = await messageOf(part, page, app, http);
  const json = { recipient: { user_id: part.customerExternalId }, message };
  const url = `${app.apiUrl}/v3.0/oa/message/cs`;
  const id = idOf((await callZalo({ method: 'POST', url, json }, page.accessToken, http)).message_id);
  if (id === null) throw new NoAnswerError('Zalo named no message');
  return id;
}

function messageOf(part: OutgoingMessage, page: PageAccess, app: ProviderApp, http: Http): Promise<JsonObject> {
  const [attachment] = part.attachments;
  if (attachment?.type === 'file') return fileOf(attachment, page, app, http);
  return Promise.resolve({
    ...(part.text !== null && { text: part.text }),
    ...(part.replyTo !== null && { quote_message_id: part.replyTo }),
    ...(attachment && { attachment: imageOf(attachment) }),
  });
}

/** Zalo fetches it from its address. */
function imageOf({ url }: OutgoingAttachment): JsonObject {
  return { type: 'template', payload: { template_type: 'media', elements: [{ media_type: 'image', url }] } };
}

/** A file that Zalo does not take, being too large or of another kind, goes as a link. */
async function fileOf(file: OutgoingAttachment, page: PageAccess, app: ProviderApp, http: Http): Promise<JsonObject> {
  const downloaded = await download(file.url, http);
  const contentType = kindOf(downloaded?.contentType ?? '');
  const ending = UPLOADABLE.get(contentType);
  if (!downloaded || ending === undefined) return { text: linkTo(file) };
  const upload = { field: 'file', name: nameOf(file, ending), contentType, bytes: downloaded.bytes };
  const request = { method: 'POST', url: `${app.apiUrl}/v2.0/oa/upload/file`, file: upload } as const;
  const token = textOf((await beforehand(callZalo(request, page.accessToken, http))).token);
  if (token === null) throw new ProviderError(notTaken);
  return { attachment: { type: 'file', payload: { token } } };
}

async function download(url: string, http: Http) {
  try {
    return await beforehand(http.download(url, LARGEST_FILE));
  } catch (error) {
    if (error instanceof ProviderError && error.failure.code === 'too_large') return null;
    throw error;
  }
}

/** What is asked before the message itself can be asked again: nobody has been sent anything yet. */
async function beforehand<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof NoAnswerError ? new NotSentError(`the file was not handed over: ${error.message}`) : error;
  }
}

/** Without its parameters, such as a charset. */
function kindOf(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** The customer sees it; Zalo tells the kind of a file by it. */
function nameOf({ title, url }: OutgoingAttachment, ending: string): string {
  const name = title ?? lastSegmentOf(url);
  return name.toLowerCase().endsWith(ending) ? name : `${name === '' ? 'file' : name}${ending}`;
}

function lastSegmentOf(url: string): string {
  return URL.canParse(url) ? (new URL(url).pathname.split('/').at(-1) ?? '') : '';
}

const notTaken = {
  kind: 'message',
  code: 'upload_failed',
  message: 'Zalo did not take the file: send it again, or as a link.',
} as const;
