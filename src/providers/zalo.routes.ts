import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Json, JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import { bodyOf, uploadIn } from './bodies.js';
import type { ProviderDesk } from './desk.js';
import { addFaultHooks } from './fault-hooks.js';
import type { Operation } from './faults.js';
import { isObject, objectIn, textIn } from './fields.js';
import { refusalOf } from './refusals.js';
import { sendByZalo } from './zalo-send.js';

const MEGABYTE = 1024 * 1024;
const UPLOADS: Record<string, { most: number; types: RegExp }> = {
  image: { most: MEGABYTE, types: /^image\/(jpeg|png)$/ },
  gif: { most: 5 * MEGABYTE, types: /^image\/gif$/ },
  file: { most: 5 * MEGABYTE, types: /pdf|msword|officedocument|csv/ },
};
const OPERATIONS: [string, Operation][] = [
  ['/oa/message/', 'send'],
  ['/oa/upload/', 'upload'],
  ['/oa/user/detail', 'profile'],
  ['/oa/getoa', 'accounts'],
];

/** Zalo's OpenAPI for official accounts: 200 for everything, and a code that says how it went. */
export function addZaloRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  addFaultHooks(app, desk, (request) => ({
    platform: 'zalo',
    operation: OPERATIONS.find(([part]) => request.url.includes(part))?.[1] ?? null,
    path: request.url.split('?')[0] ?? '',
    page: desk.accounts.pageOf(tokenOf(request))?.oaId ?? null,
  }));
  app.post('/zalo/v3.0/oa/message/cs', (request) => done(sendByZalo(desk, oaOf(desk, request), bodyOf(request))));
  app.post('/zalo/v2.0/oa/message', () => {
    throw refusalOf('zalo', -240);
  });
  app.post<{ Params: { kind: string } }>('/zalo/v2.0/oa/upload/:kind', (request) => {
    oaOf(desk, request);
    return done(upload(desk, request.params.kind, request));
  });
  app.get('/zalo/v3.0/oa/user/detail', (request) => done(detail(desk, oaOf(desk, request), request)));
  app.get('/zalo/v2.0/oa/getoa', (request) => done(oa(desk, oaOf(desk, request))));
}

function done(data: Json): JsonObject {
  return { data, error: 0, message: 'Success' };
}

/** Zalo's header has a name of its own. */
function tokenOf(request: FastifyRequest): string {
  return textIn(request.headers['access_token']) ?? '';
}

function oaOf(desk: ProviderDesk, request: FastifyRequest): DeskPage {
  const token = tokenOf(request);
  const death = desk.accounts.tokens.deathOf(token);
  const page = desk.accounts.pageOf(token);
  if (death === 'expired') throw refusalOf('zalo', -220);
  if (death === 'invalid' || page?.platform !== 'zalo') throw refusalOf('zalo', -216);
  return page;
}

function upload(desk: ProviderDesk, kind: string, request: FastifyRequest): JsonObject {
  const [rule, file] = [UPLOADS[kind], uploadIn(request)];
  if (!rule || !file) throw refusalOf('zalo', -201, undefined, 'file is invalid!');
  if (file.bytes.length > rule.most) throw refusalOf('zalo', -210, undefined, 'file is too large!');
  if (!rule.types.test(file.contentType)) throw refusalOf('zalo', -201, undefined, 'file type is not supported!');
  const { id } = desk.files.add(file);
  return kind === 'file' ? { token: id } : { attachment_id: id };
}

function detail(desk: ProviderDesk, { oaId }: DeskPage, request: FastifyRequest): JsonObject {
  const userId = textIn(parsed(textIn(objectIn(request.query)['data']) ?? '')['user_id']);
  if (userId === null) throw refusalOf('zalo', -201, undefined, 'user_id is invalid!');
  const { name, avatarUrl } = desk.profiles.of(userId);
  const avatar = avatarUrl ?? `${desk.url}/files/picture.png`;
  const person = { user_id: userId, user_id_by_app: `9${userId}`, display_name: name, user_alias: name };
  return {
    ...person,
    avatar,
    avatars: { '120': avatar, '240': avatar },
    user_is_follower: true,
    oa_id: oaId,
    shared_info: {},
  };
}

function oa(desk: ProviderDesk, { oaId, name }: DeskPage): JsonObject {
  return { oaid: oaId, name, description: '', avatar: `${desk.url}/files/picture.png`, is_verified: true };
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
