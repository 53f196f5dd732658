import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Json, JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import { bodyOf, uploadIn } from './bodies.js';
import type { ProviderDesk } from './desk.js';
import { textIn } from './fields.js';
import type { DeskFile } from './files.js';
import { assertAlive, assertOpens, parameter, platformOf, tokenOf } from './graph-access.js';
import type { NodeRoute } from './graph.routes.js';
import { note } from './outbox.js';
import { refusalOf } from './refusals.js';

type NodeRequest = FastifyRequest<NodeRoute>;

/** What there is to read and set of a page, a number, an account, a person or a file. */
export function addGraphNodeRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  app.get<NodeRoute>('/graph/:version/:node', (request) => readNode(desk, request));
  app.get<NodeRoute>('/graph/:version/:node/phone_numbers', (request) => numbers(desk, request));
  app.get<NodeRoute>('/graph/:version/:node/subscribed_apps', (request) => subscriptions(desk, request));
  app.post<NodeRoute>('/graph/:version/:node/subscribed_apps', (request) => subscribe(desk, request));
  app.delete<NodeRoute>('/graph/:version/:node/subscribed_apps', (request) => unsubscribe(desk, request));
  app.post<NodeRoute>('/graph/:version/:node/register', (request) => register(desk, request));
  app.post<NodeRoute>('/graph/:version/:node/media', (request) => ({ id: upload(desk, request).id }));
  app.post<NodeRoute>('/graph/:version/:node/message_attachments', (request) => ({
    attachment_id: upload(desk, request).id,
  }));
}

function readNode(desk: ProviderDesk, request: NodeRequest): JsonObject {
  const { node } = request.params;
  assertOpens(desk, request, node);
  const page = node === 'me' ? desk.accounts.pageOf(tokenOf(request)) : desk.accounts.find(node);
  if (page) return page.platform === 'whatsapp' ? toNumber(page) : { id: page.oaId, name: page.name };
  if (desk.accounts.numbersOf(node).length > 0) return { id: node, name: 'WhatsApp Business Account' };
  const file = desk.files.find(node);
  if (file) return toMedia(desk, file);
  if (platformOf(desk, request) === 'whatsapp') throw unknown('whatsapp', node);
  return profile(desk, node, parameter(request, 'fields') ?? 'first_name,last_name,profile_pic');
}

/** Only the fields that were asked for. Source: Messenger Platform, "User profile". */
function profile(desk: ProviderDesk, customer: string, fields: string): JsonObject {
  const { name, avatarUrl } = desk.profiles.of(customer);
  const [last_name = '', ...others] = name.split(' ');
  const all: Record<string, Json> = {
    first_name: others.join(' '),
    last_name,
    name,
    profile_pic: avatarUrl ?? `${desk.url}/files/picture.png`,
  };
  const asked = fields.split(',').filter((field) => field in all);
  return { ...Object.fromEntries(asked.map((field) => [field, all[field] ?? null])), id: customer };
}

/** Where the file is for the next five minutes. */
function toMedia(desk: ProviderDesk, file: DeskFile): JsonObject {
  const { id, contentType, bytes } = file;
  const url = `${desk.url}/media/${id}?until=${Date.now() + 5 * 60_000}`;
  const sha256 = desk.files.digestOf(file);
  return { messaging_product: 'whatsapp', url, mime_type: contentType, sha256, file_size: bytes.length, id };
}

function toNumber({ oaId, name }: DeskPage): JsonObject {
  return {
    id: oaId,
    verified_name: name,
    display_phone_number: `+84 ${oaId.slice(-9)}`,
    quality_rating: 'GREEN',
    code_verification_status: 'VERIFIED',
    platform_type: 'CLOUD_API',
  };
}

function numbers(desk: ProviderDesk, request: NodeRequest): JsonObject {
  const { node } = request.params;
  assertOpens(desk, request, node);
  const found = desk.accounts.numbersOf(node);
  if (found.length === 0) throw unknown('whatsapp', node);
  return { data: found.map(toNumber), paging: { cursors: { before: 'first', after: 'last' } } };
}

function subscriptions(desk: ProviderDesk, request: NodeRequest): JsonObject {
  const { node, page } = subscribable(desk, request);
  const { appId } = desk.settings.facebook;
  if (page)
    return { data: page.fields.size > 0 ? [{ id: appId, name: 'Polydesk', subscribed_fields: [...page.fields] }] : [] };
  const app = { whatsapp_business_api_data: { id: appId, name: 'Polydesk', link: 'https://polydesk.example' } };
  return { data: desk.accounts.isBusinessSubscribed(node) ? [app] : [] };
}

function subscribe(desk: ProviderDesk, request: NodeRequest): JsonObject {
  const { node, page } = subscribable(desk, request);
  const fields = parameter(request, 'subscribed_fields') ?? listed(bodyOf(request)['subscribed_fields']);
  if (page && fields === '')
    throw refusalOf('facebook', 100, undefined, 'The parameter subscribed_fields is required.');
  desk.accounts.subscribe(node, page ? fields.split(',') : ['messages']);
  return { success: true };
}

function unsubscribe(desk: ProviderDesk, request: NodeRequest): JsonObject {
  desk.accounts.subscribe(subscribable(desk, request).node, []);
  return { success: true };
}

/** A Messenger page, or a WhatsApp business account: its numbers cannot be subscribed to one by one. */
function subscribable(desk: ProviderDesk, request: NodeRequest): { node: string; page: DeskPage | undefined } {
  const { node: named } = request.params;
  assertOpens(desk, request, named);
  const page = named === 'me' ? desk.accounts.pageOf(tokenOf(request)) : desk.accounts.find(named);
  if (page?.platform === 'facebook') return { node: page.oaId, page };
  if (desk.accounts.numbersOf(named).length > 0) return { node: named, page: undefined };
  throw unknown(platformOf(desk, request), named);
}

function register(desk: ProviderDesk, request: NodeRequest): JsonObject {
  const { node } = request.params;
  assertOpens(desk, request, node);
  const page = desk.accounts.find(node);
  if (page?.platform !== 'whatsapp') throw unknown('whatsapp', node);
  note(desk, page, 'register', null);
  return { success: true };
}

function upload(desk: ProviderDesk, request: NodeRequest): DeskFile {
  assertAlive(desk, request);
  const file = uploadIn(request);
  if (!file) throw refusalOf(platformOf(desk, request), 100, undefined, 'The parameter file is required.');
  return desk.files.add(file);
}

function listed(value: Json | undefined): string {
  return Array.isArray(value) ? value.flatMap((field) => textIn(field) ?? []).join(',') : '';
}

function unknown(platform: 'facebook' | 'whatsapp' | 'zalo', node: string) {
  return refusalOf(platform, 100, 33, `Unsupported request. Object with ID '${node}' does not exist`);
}
