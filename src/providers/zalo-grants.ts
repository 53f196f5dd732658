import { createHash, randomBytes } from 'node:crypto';

interface Grant {
  oaId: string;
  challenge: string;
  until: number;
}

const LIFE_MS = 10 * 60_000;

/** What an account's owner has allowed the app, until it fetches the tokens. */
export class ZaloGrants {
  private readonly grants = new Map<string, Grant>();

  /** The code that is worth a pair of tokens, once, for ten minutes. */
  issue(oaId: string, challenge: string): string {
    const code = randomBytes(24).toString('base64url');
    this.grants.set(code, { oaId, challenge, until: Date.now() + LIFE_MS });
    return code;
  }

  /** Whose tokens the code is for; null where it is spent, too old or somebody else's. A wrong verifier spends it too. */
  redeem(code: string, verifier: string): string | null {
    const grant = this.grants.get(code);
    this.grants.delete(code);
    if (!grant || grant.until < Date.now()) return null;
    return createHash('sha256').update(verifier).digest('base64url') === grant.challenge ? grant.oaId : null;
  }

  clear(): void {
    this.grants.clear();
  }
}
