import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DeskPage } from './accounts.js';
import { bodyOf } from './bodies.js';
import type { ProviderDesk } from './desk.js';
import { addFaultHooks, laterFailure } from './fault-hooks.js';
import type { FaultyRequest, Operation } from './faults.js';
import { objectIn } from './fields.js';
import { addGraphAccountRoutes } from './graph-accounts.routes.js';
import { assertOpens, platformOf, tokenOf } from './graph-access.js';
import { addGraphNodeRoutes } from './graph-nodes.routes.js';
import { sendByMessenger } from './messenger-send.js';
import { refusalOf } from './refusals.js';
import { sendByWhatsApp } from './whatsapp-send.js';

export interface NodeRoute {
  Params: { version: string; node: string };
}

/** Meta's Graph API, of any version, for Messenger and WhatsApp. */
export function addGraphRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  addFaultHooks(app, desk, (request) => describe(desk, request));
  addGraphAccountRoutes(app, desk);
  addGraphNodeRoutes(app, desk);
  app.post<NodeRoute>('/graph/:version/:node/messages', (request) => {
    const page = pageOf(desk, request);
    const body = bodyOf(request);
    if (page.platform === 'facebook') return sendByMessenger(desk, page, body);
    return sendByWhatsApp(desk, page, body, laterFailure(request));
  });
}

/** The page or number that a request is for, which its token opens. */
export function pageOf(desk: ProviderDesk, request: FastifyRequest<NodeRoute>): DeskPage {
  const { node } = request.params;
  assertOpens(desk, request, node);
  const page = node === 'me' ? desk.accounts.pageOf(tokenOf(request)) : desk.accounts.find(node);
  if (page) return page;
  throw refusalOf(platformOf(desk, request), 100, 33, `Object with ID '${node}' does not exist`);
}

function describe(desk: ProviderDesk, request: FastifyRequest): FaultyRequest {
  const path = request.url.split('?')[0] ?? '';
  const node = nodeOf(request);
  const page = node === 'me' ? desk.accounts.pageOf(tokenOf(request))?.oaId : node;
  return { platform: platformOf(desk, request), operation: operationOf(request, path), path, page: page ?? null };
}

function nodeOf({ params }: FastifyRequest): string | null {
  const { node } = objectIn(params);
  return typeof node === 'string' ? node : null;
}

function operationOf(request: FastifyRequest, path: string): Operation | null {
  if (path.endsWith('/messages')) return isMessage(request) ? 'send' : 'signal';
  if (path.endsWith('/subscribed_apps')) return 'subscribe';
  if (path.endsWith('/accounts') || path.endsWith('/phone_numbers') || path.endsWith('/debug_token')) return 'accounts';
  if (path.endsWith('/oauth/access_token')) return 'oauth';
  if (path.endsWith('/message_attachments') || path.endsWith('/media')) return 'upload';
  return request.method === 'GET' ? 'profile' : null;
}

function isMessage(request: FastifyRequest): boolean {
  const body = bodyOf(request);
  return !('sender_action' in body) && body['status'] !== 'read' && body['type'] !== 'reaction';
}
