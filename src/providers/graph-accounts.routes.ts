import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonObject } from '../channels/json.js';
import { DEMO_USER_TOKEN } from './accounts.js';
import type { DeskPage } from './accounts.js';
import type { ProviderDesk } from './desk.js';
import { assertAlive, parameter, tokenOf } from './graph-access.js';
import { appRefusal, refusalOf } from './refusals.js';

const SIXTY_DAYS_S = 60 * 24 * 3600;

/** How somebody connects pages: tokens, and which pages there are. Source: Facebook Login, "Long-lived tokens"; Graph API, `me/accounts`. */
export function addGraphAccountRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  app.get('/graph/:version/oauth/access_token', (request) => exchange(desk, request));
  app.get('/graph/:version/me/accounts', (request) => accounts(desk, request));
  app.get('/graph/:version/debug_token', (request) => debug(desk, request));
}

function exchange(desk: ProviderDesk, request: FastifyRequest): JsonObject {
  const { appId, appSecret } = desk.settings.facebook;
  if (parameter(request, 'client_id') !== appId)
    throw appRefusal(101, 'Error validating application. Invalid application ID.');
  if (parameter(request, 'client_secret') !== appSecret) throw appRefusal(1, 'Error validating client secret.');
  if (parameter(request, 'grant_type') !== 'fb_exchange_token')
    throw refusalOf('facebook', 100, undefined, 'Invalid grant_type');
  const token = parameter(request, 'fb_exchange_token') ?? '';
  assertIsPerson(desk, token);
  const longLived = `${DEMO_USER_TOKEN}-for-60-days`;
  desk.accounts.tokens.grant(longLived, ['me']);
  return { access_token: longLived, token_type: 'bearer', expires_in: SIXTY_DAYS_S };
}

/** A few pages an answer; `after` is the id of the last one before. */
function accounts(desk: ProviderDesk, request: FastifyRequest): JsonObject {
  assertAlive(desk, request);
  assertIsPerson(desk, tokenOf(request));
  const pages = desk.accounts.of('facebook');
  const most = Math.min(Number(parameter(request, 'limit') ?? Infinity), desk.settings.accountsPerAnswer);
  const start = pages.findIndex(({ oaId }) => oaId === parameter(request, 'after')) + 1;
  const shown = pages.slice(start, start + most);
  const after = shown.at(-1)?.oaId;
  if (after === undefined) return { data: [] };
  const next = new URL(request.url, desk.url);
  next.searchParams.set('after', after);
  const isLast = start + most >= pages.length;
  const cursors = { before: shown[0]?.oaId ?? '', after };
  return { data: shown.map((page) => toAccount(desk, page)), paging: { cursors, ...(!isLast && { next: next.href }) } };
}

/** A page whose token has died gets another one. */
function toAccount(desk: ProviderDesk, page: DeskPage): JsonObject {
  const isDead = desk.accounts.tokens.deathOf(page.accessToken) !== null;
  const { oaId, name, accessToken, tasks } = (isDead && desk.accounts.renew(page.oaId)) || page;
  const picture = { data: { url: `${desk.url}/files/picture.png`, height: 50, width: 50, is_silhouette: false } };
  return { access_token: accessToken, category: 'Restaurant', name, id: oaId, tasks: [...tasks], picture };
}

function debug(desk: ProviderDesk, request: FastifyRequest): JsonObject {
  const { appId, appSecret } = desk.settings.facebook;
  if (tokenOf(request) !== `${appId}|${appSecret}`) assertAlive(desk, request);
  const token = parameter(request, 'input_token') ?? '';
  const isValid = desk.accounts.tokens.deathOf(token) === null;
  const page = desk.accounts.pageOf(token);
  const error = { code: 190, message: 'Error validating access token', subcode: 460 };
  return {
    data: {
      app_id: appId,
      type: page ? 'PAGE' : 'USER',
      is_valid: isValid,
      expires_at: 0,
      scopes: ['pages_show_list', 'pages_messaging', 'pages_manage_metadata'],
      ...(page && { profile_id: page.oaId }),
      ...(!isValid && { error }),
    },
  };
}

function assertIsPerson(desk: ProviderDesk, token: string): void {
  if (desk.accounts.tokens.deathOf(token) !== null)
    throw refusalOf('facebook', 190, 460, 'Error validating access token: The session has been invalidated');
  if (!desk.accounts.tokens.opens(token, 'me'))
    throw refusalOf('facebook', 100, undefined, 'This is not the token of a person');
}
