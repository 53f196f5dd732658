import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { DeskPlatform } from './accounts.js';
import { bodyOf } from './bodies.js';
import type { ProviderDesk } from './desk.js';
import { objectIn, textIn } from './fields.js';
import { appRefusal, refusalOf } from './refusals.js';

/** Messenger's token in the query or the body, WhatsApp's in a header: the Graph API takes either. Empty for none. */
export function tokenOf(request: FastifyRequest): string {
  const bearer = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? parameter(request, 'access_token') ?? '';
}

/** From the query, else from the body. */
export function parameter(request: FastifyRequest, name: string): string | null {
  return textIn(objectIn(request.query)[name]) ?? textIn(bodyOf(request)[name]);
}

/** Whose errors to answer with. */
export function platformOf(desk: ProviderDesk, request: FastifyRequest): DeskPlatform {
  const node = textIn(objectIn(request.params)['node']) ?? '';
  const page = desk.accounts.find(node) ?? desk.accounts.pageOf(tokenOf(request));
  if (page) return page.platform;
  const isWhatsApp = bodyOf(request)['messaging_product'] === 'whatsapp' || desk.accounts.numbersOf(node).length > 0;
  return isWhatsApp ? 'whatsapp' : 'facebook';
}

/** Throws the refusal of a token that is dead, or is not for this page, number or account. */
export function assertOpens(desk: ProviderDesk, request: FastifyRequest, node: string): void {
  assertAlive(desk, request);
  const isThere = desk.accounts.find(node) !== undefined || desk.accounts.numbersOf(node).length > 0;
  if (isThere && !desk.accounts.tokens.opens(tokenOf(request), node))
    throw refusalOf(platformOf(desk, request), 200, undefined, 'The access token is not for this object');
}

/** Throws the refusal of a token that is missing, unknown or dead, or whose proof is wrong. */
export function assertAlive(desk: ProviderDesk, request: FastifyRequest): void {
  const [platform, token] = [platformOf(desk, request), tokenOf(request)];
  const death = desk.accounts.tokens.deathOf(token);
  if (death === 'expired') throw refusalOf(platform, 190, 463, 'Error validating access token: Session has expired');
  if (death === 'invalid')
    throw refusalOf(platform, 190, 460, 'Error validating access token: The session has been invalidated');
  const proof = parameter(request, 'appsecret_proof');
  const { appSecret } = platform === 'whatsapp' ? desk.settings.whatsapp : desk.settings.facebook;
  if (proof !== null && proof !== createHmac('sha256', appSecret).update(token).digest('hex'))
    throw appRefusal(100, 'Invalid appsecret_proof provided in the API argument');
}
