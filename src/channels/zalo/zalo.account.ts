/** An Official Account and the people who write to it. Source: Zalo OA documentation, account and user information. */

import { ProviderError } from '../provider.js';
import type { Attachment, CustomerProfile } from '../channel-events.js';
import type { ConnectablePage, Http, PageAccess, ProviderApp, ProviderFailure } from '../provider.js';
import type { JsonObject } from '../json.js';
import { idOf, textOf } from '../fields.js';
import { isJsonObject } from '../storable.js';
import { callZalo } from './zalo.api.js';
import { isFile } from './zalo.attachments.js';

/** Kinds that are about this one person, or about a right that an account needs not have. */
const SAYS_NOTHING = new Set<ProviderFailure['kind']>(['message', 'account']);

/** The account that a token opens. Names no `businessId`: Zalo has none. */
export async function accountOf(accessToken: string, app: ProviderApp, http: Http): Promise<ConnectablePage> {
  const account = await callZalo({ method: 'GET', url: `${app.apiUrl}/v2.0/oa/getoa` }, accessToken, http);
  const oaId = idOf(account.oa_id) ?? idOf(account.oaid);
  if (oaId === null) throw new ProviderError(nameless);
  const name = textOf(account.name) ?? oaId;
  return { oaId, name, avatarUrl: textOf(account.avatar), accessToken, businessId: null, canMessage: true };
}

export async function profile(
  customerExternalId: string,
  page: PageAccess,
  app: ProviderApp,
  http: Http,
): Promise<CustomerProfile | null> {
  const data = new URLSearchParams({ data: JSON.stringify({ user_id: customerExternalId }) }).toString();
  const url = `${app.apiUrl}/v3.0/oa/user/detail?${data}`;
  try {
    return profileOf(await callZalo({ method: 'GET', url }, page.accessToken, http));
  } catch (error) {
    if (error instanceof ProviderError && SAYS_NOTHING.has(error.failure.kind)) return null;
    throw error;
  }
}

/** Opens without a token. A link or a place is no file. */
export function media(attachment: Attachment): Promise<{ url: string; headers: Record<string, string> } | null> {
  const { url } = attachment;
  return Promise.resolve(url !== null && isFile(attachment) ? { url, headers: {} } : null);
}

/** `shared_info` is what the person agreed to tell the account. */
function profileOf(person: JsonObject): CustomerProfile | null {
  const avatars = isJsonObject(person.avatars) ? person.avatars : {};
  const shared = isJsonObject(person.shared_info) ? person.shared_info : {};
  const displayName = textOf(person.display_name) ?? textOf(shared.name);
  const avatarUrl = textOf(avatars['240']) ?? textOf(person.avatar);
  const phone = idOf(shared.phone);
  if (displayName === null && avatarUrl === null && phone === null) return null;
  return {
    ...(displayName !== null && { displayName }),
    ...(avatarUrl !== null && { avatarUrl }),
    ...(phone !== null && { phone }),
  };
}

const nameless: ProviderFailure = {
  kind: 'account',
  code: 'no_account',
  message: 'Zalo did not say which Official Account this is: connect it again.',
};
