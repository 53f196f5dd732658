/** The webhook endpoint that takes an integration's messages, as the access token of its page. */

/** Where messages are posted to, and what they are signed with: one secret, or two while they are rotated. */
export interface ApiAccess {
  url: string;
  secrets: string[];
}

/** An integration without an endpoint that is switched on has no access: an empty text. */
export function toAccessToken(access: ApiAccess | null): string {
  return access === null ? '' : JSON.stringify(access);
}

export function accessOf(accessToken: string): ApiAccess | null {
  return accessToken === '' ? null : (JSON.parse(accessToken) as ApiAccess); // As toAccessToken wrote it.
}
