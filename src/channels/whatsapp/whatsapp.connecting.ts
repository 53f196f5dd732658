/** The numbers of a WhatsApp business account. Source: WhatsApp Business Management API, phone numbers. */

import type { ConnectablePage, Http, ProviderApp } from '../provider.js';
import type { JsonObject } from '../json.js';
import { idOf, textOf } from '../fields.js';
import { listGraph } from '../meta.lists.js';
import { WHATSAPP } from './whatsapp.failures.js';

const FIELDS = 'id,display_phone_number,verified_name,status';
/** A number that is in none of these can at least answer. */
const SILENT = new Set(['BANNED', 'DELETED', 'DISCONNECTED', 'MIGRATED', 'PENDING']);

/** Every number of the account that the token opens. Rejects as a channel does. */
export async function numbersOf(
  { accessToken, businessId }: { accessToken: string; businessId: string },
  { apiUrl }: ProviderApp,
  http: Http,
): Promise<ConnectablePage[]> {
  const list = { apiUrl, path: [businessId, 'phone_numbers'], query: { fields: FIELDS }, accessToken };
  const numbers = await listGraph(list, WHATSAPP, http);
  return numbers.flatMap((number) => {
    const oaId = idOf(number.id);
    return oaId === null ? [] : [{ oaId, accessToken, businessId, ...shownOf(number, oaId) }];
  });
}

function shownOf(number: JsonObject, oaId: string) {
  const names = [textOf(number.verified_name), textOf(number.display_phone_number)].filter((name) => name !== null);
  const status = textOf(number.status) ?? '';
  return { name: names.join(', ') || oaId, avatarUrl: null, canMessage: !SILENT.has(status) };
}
