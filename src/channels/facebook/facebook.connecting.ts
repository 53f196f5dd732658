/** The pages that a person may connect. Source: Facebook Login, long-lived tokens; Graph API, /me/accounts. */

import type { ConnectablePage, Http, ProviderApp } from '../provider.js';
import type { JsonObject } from '../json.js';
import { idOf, textOf } from '../fields.js';
import { callGraph, graphUrl, proofOf } from '../meta.graph.js';
import { listGraph } from '../meta.lists.js';
import { isJsonObject } from '../storable.js';
import { MESSENGER } from './facebook.failures.js';

const FIELDS = 'id,name,access_token,tasks,picture{url}';
const TASK = 'MESSAGING';

/**
 * Every page of the person whose token it is, each with a token of its own that does not end by itself: those of a
 * short-lived user token would. Rejects as a channel does.
 */
export async function pagesOf(userToken: string, app: ProviderApp, http: Http): Promise<ConnectablePage[]> {
  const accessToken = await longLivedOf(userToken, app, http);
  const query = { fields: FIELDS, ...proofOf(accessToken, app.appSecret) };
  const pages = await listGraph({ apiUrl: app.apiUrl, path: ['me', 'accounts'], query, accessToken }, MESSENGER, http);
  return pages.map(pageOf).filter((page) => page !== null);
}

/** An exchange that names no token leaves the one that we have. */
async function longLivedOf(userToken: string, { apiUrl, appId, appSecret }: ProviderApp, http: Http): Promise<string> {
  const url = graphUrl(apiUrl, ['oauth', 'access_token'], {
    grant_type: 'fb_exchange_token',
    client_id: appId,
    client_secret: appSecret,
    fb_exchange_token: userToken,
  });
  return textOf((await callGraph({ method: 'GET', url }, MESSENGER, http)).access_token) ?? userToken;
}

/** Null without a token: the person has no rights there. */
function pageOf(page: JsonObject): ConnectablePage | null {
  const [oaId, accessToken] = [idOf(page.id), textOf(page.access_token)];
  if (oaId === null || accessToken === null) return null;
  const canMessage = !Array.isArray(page.tasks) || page.tasks.includes(TASK);
  return {
    oaId,
    accessToken,
    businessId: null,
    name: textOf(page.name) ?? oaId,
    avatarUrl: pictureOf(page),
    canMessage,
  };
}

function pictureOf({ picture }: JsonObject): string | null {
  const data = isJsonObject(picture) && isJsonObject(picture.data) ? picture.data : {};
  return textOf(data.url);
}
