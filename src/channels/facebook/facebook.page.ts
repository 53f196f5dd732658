/** A page and the people who write to it, apart from messages. Source: subscribed_apps, User Profile API, sender actions. */

import { ProviderError } from '../provider.js';
import type { Attachment, CustomerProfile } from '../channel-events.js';
import type { Http, PageAccess, ProviderApp, ProviderFailure, ProviderRequest } from '../provider.js';
import type { JsonObject } from '../json.js';
import type { Signal } from '../outgoing.js';
import { textOf } from '../fields.js';
import { bearer, callGraph, graphUrl, proofOf } from '../meta.graph.js';
import { MESSENGER } from './facebook.failures.js';
import { messagesRequest } from './facebook.sending.js';

const SUBSCRIBED_FIELDS = [
  'messages',
  'messaging_postbacks',
  'message_deliveries',
  'message_reads',
  'message_echoes',
  'message_reactions',
  'messaging_referrals',
  'messaging_optins',
  'message_edits',
].join(',');

const SENDER_ACTIONS: Record<Signal, string> = { typing: 'typing_on', read: 'mark_seen' };

/** Kinds that are about this one person, or about a permission that an app needs not have. */
const SAYS_NOTHING = new Set<ProviderFailure['kind']>(['message', 'account']);

export async function signal(
  kind: Signal,
  { customerExternalId }: { customerExternalId: string },
  page: PageAccess,
  app: ProviderApp,
  http: Http,
): Promise<void> {
  const json = { recipient: { id: customerExternalId }, sender_action: SENDER_ACTIONS[kind] };
  await callGraph(messagesRequest(json, page, app), MESSENGER, http);
}

export async function subscribe(page: PageAccess, app: ProviderApp, http: Http): Promise<void> {
  const form = { subscribed_fields: SUBSCRIBED_FIELDS };
  await callGraph({ ...request('POST', [page.oaId, 'subscribed_apps'], {}, page, app), form }, MESSENGER, http);
}

export async function unsubscribe(page: PageAccess, app: ProviderApp, http: Http): Promise<void> {
  await callGraph(request('DELETE', [page.oaId, 'subscribed_apps'], {}, page, app), MESSENGER, http);
}

/** Needs an approval that many apps do not have, and people can refuse it: then nothing is known. */
export async function profile(
  customerExternalId: string,
  page: PageAccess,
  app: ProviderApp,
  http: Http,
): Promise<CustomerProfile | null> {
  const query = { fields: 'first_name,last_name,name,profile_pic' };
  try {
    return profileOf(await callGraph(request('GET', [customerExternalId], query, page, app), MESSENGER, http));
  } catch (error) {
    if (error instanceof ProviderError && SAYS_NOTHING.has(error.failure.kind)) return null;
    throw error;
  }
}

/** The address is signed, and opens without a token until it expires. */
export function media({ url }: Attachment): Promise<{ url: string; headers: Record<string, string> } | null> {
  return Promise.resolve(url === null ? null : { url, headers: {} });
}

function request(
  method: ProviderRequest['method'],
  path: string[],
  query: Record<string, string>,
  { accessToken }: PageAccess,
  { apiUrl, appSecret }: ProviderApp,
): ProviderRequest {
  const url = graphUrl(apiUrl, path, { ...query, ...proofOf(accessToken, appSecret) });
  return { method, url, headers: bearer(accessToken) };
}

function profileOf(person: JsonObject): CustomerProfile | null {
  const names = [textOf(person.first_name), textOf(person.last_name)].filter((name) => name !== null);
  const displayName = textOf(person.name) ?? names.join(' ');
  const avatarUrl = textOf(person.profile_pic);
  if (displayName === '' && avatarUrl === null) return null;
  return { ...(displayName !== '' && { displayName }), ...(avatarUrl !== null && { avatarUrl }) };
}
