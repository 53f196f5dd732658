/** A number and its account, apart from messages. Source: Cloud API, media, read receipts, typing; WABA subscribed_apps. */

import type { Attachment, CustomerProfile } from '../channel-events.js';
import type { Http, PageAccess, ProviderApp, ProviderRequest } from '../provider.js';
import type { Signal } from '../outgoing.js';
import { idOf, textOf } from '../fields.js';
import { bearer, callGraph, graphUrl } from '../meta.graph.js';
import { WHATSAPP } from './whatsapp.failures.js';
import { callMessages } from './whatsapp.sending.js';

/** Both are told about the customer's newest message, and typing marks it as read too. */
export async function signal(
  kind: Signal,
  { providerMessageId }: { providerMessageId: string | null },
  page: PageAccess,
  app: ProviderApp,
  http: Http,
): Promise<void> {
  if (providerMessageId === null) return;
  const read = { status: 'read', message_id: providerMessageId };
  const body = kind === 'typing' ? { ...read, typing_indicator: { type: 'text' } } : read;
  await callMessages(body, page, app, http);
}

export function subscribe(page: PageAccess, app: ProviderApp, http: Http): Promise<void> {
  return changeSubscription('POST', page, app, http);
}

/** Silences all numbers of the account: for the last one only. */
export function unsubscribe(page: PageAccess, app: ProviderApp, http: Http): Promise<void> {
  return changeSubscription('DELETE', page, app, http);
}

/** Whoever connects a number by hand, without its account, subscribes the account by hand too. */
async function changeSubscription(
  method: ProviderRequest['method'],
  { businessId, accessToken }: PageAccess,
  { apiUrl }: ProviderApp,
  http: Http,
): Promise<void> {
  if (businessId === null) return;
  const url = graphUrl(apiUrl, [businessId, 'subscribed_apps']);
  await callGraph({ method, url, headers: bearer(accessToken) }, WHATSAPP, http);
}

/** WhatsApp says who somebody is along with their messages, and nowhere else. */
export function profile(): Promise<CustomerProfile | null> {
  return Promise.resolve(null);
}

/** Files are asked for by their id; the address opens for 5 minutes, with our token. */
export async function media(
  { payload }: Attachment,
  { oaId, accessToken }: PageAccess,
  { apiUrl }: ProviderApp,
  http: Http,
): Promise<{ url: string; headers: Record<string, string> } | null> {
  const id = payload?.mime_type === undefined ? null : idOf(payload.id);
  if (id === null) return null;
  const headers = bearer(accessToken);
  const at = graphUrl(apiUrl, [id], { phone_number_id: oaId });
  const url = textOf((await callGraph({ method: 'GET', url: at, headers }, WHATSAPP, http)).url);
  return url === null ? null : { url, headers };
}
