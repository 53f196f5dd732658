/** A message of ours as a signed request to a partner's endpoint. Source: Standard Webhooks 1.0, "Signature scheme". */

import { createHmac } from 'node:crypto';
import { NoAnswerError } from '../provider.js';
import type { Http, PageAccess, ProviderAnswer, ProviderApp } from '../provider.js';
import type { JsonObject } from '../json.js';
import type { OutgoingMessage } from '../outgoing.js';
import { idOf } from '../fields.js';
import { isJsonObject } from '../storable.js';
import { accessOf } from './api.access.js';
import { noAnswer, noEndpoint, refused } from './api.failures.js';

/** The partner may name the message by an id of its own; otherwise it has ours. */
export async function send(message: OutgoingMessage, page: PageAccess, _: ProviderApp, http: Http): Promise<string> {
  const access = accessOf(page.accessToken);
  if (!access) throw noEndpoint();
  const json = bodyOf(message, page);
  const headers = signed(JSON.stringify(json), `msg_${message.id}`, access.secrets);
  const answer = await http.send({ method: 'POST', url: access.url, headers, json }).catch(saidNothing);
  if (answer.status < 200 || answer.status >= 300) throw refused(answer);
  return (isJsonObject(answer.body) ? idOf(answer.body.providerMessageId) : null) ?? message.id;
}

function bodyOf(message: OutgoingMessage, { oaId }: PageAccess): JsonObject {
  const { id, customerExternalId, text, template, tag, replyTo } = message;
  const attachments = message.attachments.map((attachment): JsonObject => ({ ...attachment }));
  const quickReplies = message.quickReplies.map((reply): JsonObject => ({ ...reply }));
  return {
    type: 'message.send',
    timestamp: new Date().toISOString(),
    data: {
      ...{ messageId: id, oaId, customerExternalId, text, attachments, quickReplies },
      template: template && { ...template },
      ...{ tag, replyTo },
    },
  };
}

/** `http` sends JSON exactly as JSON.stringify writes it, which is what is signed. */
function signed(body: string, id: string, secrets: string[]): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signatures = secrets.map((secret) => `v1,${digestOf(`${id}.${timestamp}.${body}`, secret)}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

function digestOf(text: string, secret: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', key).update(text).digest('base64');
}

function saidNothing(error: unknown): ProviderAnswer {
  throw error instanceof NoAnswerError ? noAnswer(error.message) : error;
}
