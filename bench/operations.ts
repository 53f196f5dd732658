import { createHmac, randomUUID } from 'node:crypto';
import type { Received } from './messenger-body.js';
import { SECRETS } from './scene.js';
import type { Place } from './scene.js';

export interface HttpRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What is measured, and what a request of it is. */
export interface Operation {
  name: 'conversation list' | 'message list' | 'send message' | 'inbound message';
  kind: 'list' | 'write';
  status: number;
  request(place: Place): HttpRequest;
}

export const OPERATIONS: Operation[] = [
  {
    name: 'conversation list',
    kind: 'list',
    status: 200,
    request: ({ token }) => get('/conversations', token),
  },
  {
    name: 'message list',
    kind: 'list',
    status: 200,
    request: ({ token, conversationId }) => get(`/conversations/${conversationId}/messages`, token),
  },
  {
    name: 'send message',
    kind: 'write',
    status: 202,
    request: ({ token, conversationId }) =>
      post(`/conversations/${conversationId}/messages`, outgoing(), bearer(token)),
  },
  {
    name: 'inbound message',
    kind: 'write',
    status: 200,
    request: ({ page, customerExternalId: customer }) =>
      signedWebhook({ page, customer, at: Date.now(), mid: `m_${randomUUID()}`, text: 'Where is my order?' }),
  },
];

/** A customer's message, as Messenger sends it. `at` in milliseconds. */
export function signedWebhook({ page, customer, at, mid, text }: Omit<Received, 'at'> & { at: number }): HttpRequest {
  const item = { sender: { id: customer }, recipient: { id: page }, timestamp: at, message: { mid, text } };
  const body = JSON.stringify({ object: 'page', entry: [{ id: page, time: at, messaging: [item] }] });
  return post('/webhooks/facebook', body, { 'x-hub-signature-256': `sha256=${sign(body)}` });
}

function get(path: string, token: string): HttpRequest {
  return { method: 'GET', path, headers: bearer(token) };
}

function post(path: string, body: string, headers: Record<string, string>): HttpRequest {
  return { method: 'POST', path, body, headers: { ...headers, 'content-type': 'application/json' } };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function outgoing(): string {
  return JSON.stringify({ text: 'Thank you, it is on its way.', clientMessageId: randomUUID() });
}

function sign(body: string): string {
  return createHmac('sha256', SECRETS.FACEBOOK_APP_SECRET).update(body).digest('hex');
}
