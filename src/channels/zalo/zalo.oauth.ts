/** How a person gives us an Official Account, and how its tokens go on. Source: Zalo OA documentation, OAuth v4. */

import { createHash, randomInt } from 'node:crypto';
import { NoAnswerError } from '../provider.js';
import type { Http, ProviderApp, Tokens } from '../provider.js';
import type { JsonObject } from '../json.js';
import { numberOf, textOf } from '../fields.js';
import { callZaloOAuth } from './zalo.api.js';

const VERIFIER_LENGTH = 43;
const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Known to us alone until the code is exchanged. */
export function makeVerifier(): string {
  return Array.from({ length: VERIFIER_LENGTH }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join('');
}

/** What Zalo is told of the verifier beforehand (PKCE, S256). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Where the person who owns the account says yes. */
export function authorizationUrl(app: ProviderApp, redirectUri: string, state: string, challenge: string): string {
  const query = { app_id: app.appId, redirect_uri: redirectUri, code_challenge: challenge, state };
  return `${app.oauthUrl}/v4/oa/permission?${new URLSearchParams(query).toString()}`;
}

/** The code is good once, and for 10 minutes. */
export function exchange(code: string, verifier: string, app: ProviderApp, http: Http): Promise<Tokens> {
  return tokensFor({ grant_type: 'authorization_code', code, code_verifier: verifier }, app, http);
}

/** The refresh token is good once, and for about 3 months. A new pair ends the old access token at once. */
export function refresh(refreshToken: string, app: ProviderApp, http: Http): Promise<Tokens> {
  return tokensFor({ grant_type: 'refresh_token', refresh_token: refreshToken }, app, http);
}

async function tokensFor(grant: Record<string, string>, app: ProviderApp, http: Http): Promise<Tokens> {
  const url = `${app.oauthUrl}/v4/oa/access_token`;
  const form = { ...grant, app_id: app.appId };
  const answer = await callZaloOAuth({ method: 'POST', url, headers: { secret_key: app.appSecret }, form }, http);
  return tokensIn(answer);
}

/** `expires_in` is digits, in seconds. */
function tokensIn(answer: JsonObject): Tokens {
  const accessToken = textOf(answer.access_token);
  if (accessToken === null) throw new NoAnswerError('Zalo gave no token');
  const seconds = numberOf(answer.expires_in);
  return {
    accessToken,
    refreshToken: textOf(answer.refresh_token),
    expiresInSeconds: seconds !== null && seconds > 0 ? Math.trunc(seconds) : null,
  };
}
