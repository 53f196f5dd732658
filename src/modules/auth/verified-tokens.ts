import type { AccessClaims } from './access-tokens.js';

const MOST = 10_000;

/** Claims of tokens that were found good: people send the same one for an hour, and its signature does not change. */
export class VerifiedTokens {
  private readonly claims = new Map<string, AccessClaims>();

  /** `authorization`: the header with the token. Undefined where it was not verified before, or is over. */
  find(authorization: string): AccessClaims | undefined {
    const known = this.claims.get(authorization);
    if (!known || known.exp * 1_000 > Date.now()) return known;
    this.claims.delete(authorization);
    return undefined;
  }

  keep(authorization: string, claims: AccessClaims): void {
    if (this.claims.size >= MOST) this.claims.clear();
    this.claims.set(authorization, claims);
  }
}
