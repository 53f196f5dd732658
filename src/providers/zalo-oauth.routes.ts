import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import { bodyOf } from './bodies.js';
import type { ProviderDesk } from './desk.js';
import { addFaultHooks } from './fault-hooks.js';
import { objectIn, textIn } from './fields.js';
import { escapeHtml } from './html.js';
import { Refusal } from './refusals.js';

const BAD_APP = -14002;
const BAD_REDIRECT = -14003;
/** Which codes Zalo refuses codes and tokens with is documented nowhere; these two were seen. */
const BAD_REFRESH_TOKEN = -14014;
const BAD_CODE = -14020;
/** 25 hours, as text, as Zalo has it. */
const LIFE_S = '90000';

/** How the owner of an official account lets Polydesk in. Source: Zalo, "OAuth v4" for official accounts. */
export function addZaloOAuthRoutes(app: FastifyInstance, desk: ProviderDesk): void {
  addFaultHooks(app, desk, ({ url }) => ({
    platform: 'zalo',
    operation: 'oauth',
    path: url.split('?')[0] ?? '',
    page: null,
  }));
  app.get('/zalo-oauth/v4/oa/permission', (request, reply) => permit(desk, request, reply));
  app.post('/zalo-oauth/v4/oa/access_token', (request) => issue(desk, request));
}

/** Asks which account where there are several and a person looks; otherwise it is the newest, or the one named by `oa_id`. */
function permit(desk: ProviderDesk, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { app_id, redirect_uri, code_challenge, state, oa_id } = objectIn(request.query);
  if (textIn(app_id) !== desk.settings.zalo.appId) throw refused(BAD_APP, 'Invalid app id');
  const back = textIn(redirect_uri) ?? '';
  if (!URL.canParse(back)) throw refused(BAD_REDIRECT, 'Invalid redirect uri');
  const accounts = desk.accounts.of('zalo');
  const chosen = accounts.find(({ oaId }) => oaId === textIn(oa_id));
  const isPerson = request.headers.accept?.includes('text/html') ?? false;
  if (!chosen && isPerson && accounts.length > 1) return reply.type('text/html').send(choice(request.url, accounts));
  const page = chosen ?? accounts.at(-1);
  if (!page) throw refused(BAD_APP, 'There is no official account to connect');
  const url = new URL(back);
  url.searchParams.set('code', desk.grants.issue(page.oaId, textIn(code_challenge) ?? ''));
  url.searchParams.set('oa_id', page.oaId);
  if (textIn(state) !== null) url.searchParams.set('state', textIn(state) ?? '');
  return reply.redirect(url.href);
}

/** A new pair; the one before is dead at once. */
function issue(desk: ProviderDesk, request: FastifyRequest): JsonObject {
  const { zalo } = desk.settings;
  const { app_id, grant_type, code, code_verifier, refresh_token } = bodyOf(request);
  if (textIn(app_id) !== zalo.appId || request.headers['secret_key'] !== zalo.appSecret)
    throw refused(BAD_APP, 'Invalid app id or secret');
  const isFirst = grant_type === 'authorization_code';
  const oaId = isFirst
    ? desk.grants.redeem(textIn(code) ?? '', textIn(code_verifier) ?? '')
    : (holderOf(desk, textIn(refresh_token))?.oaId ?? null);
  const page = oaId === null ? undefined : desk.accounts.renew(oaId);
  if (!page)
    throw isFirst
      ? refused(BAD_CODE, 'Invalid authorization code')
      : refused(BAD_REFRESH_TOKEN, 'Invalid refresh token');
  return { access_token: page.accessToken, refresh_token: page.refreshToken, expires_in: LIFE_S };
}

function holderOf(desk: ProviderDesk, refreshToken: string | null): DeskPage | undefined {
  return desk.accounts.of('zalo').find((page) => refreshToken !== null && page.refreshToken === refreshToken);
}

function refused(code: number, reason: string): Refusal {
  return new Refusal(200, {
    error: code,
    error_name: reason,
    error_reason: reason,
    ref_doc: 'https://developers.zalo.me',
  });
}

function choice(path: string, accounts: DeskPage[]): string {
  const links = accounts.map(({ oaId, name }) => {
    const href = `${path}&oa_id=${encodeURIComponent(oaId)}`;
    return `<li><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></li>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>Zalo</title><h1>Which official account?</h1><ul>${links.join('')}</ul>`;
}
