import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { SecretVault } from '../../platform/secrets/secret-vault.js';

/** The integration that tokens belong to. */
export interface Owner {
  orgId: string;
  integrationId: string;
}

/** Where a sealed token is kept. It opens nowhere else. */
export interface Place extends Owner {
  field: 'accessToken' | 'refreshToken';
}

/** The tokens of one integration as its row keeps them: sealed, or plain text where no key is named. */
export interface KeptTokens {
  accessToken: string | null;
  refreshToken: string | null;
  tokenKeyId: string | null;
}

/** Providers' tokens, sealed at rest: see {@link SecretVault}. */
@Injectable()
export class TokenVault {
  private readonly vault: SecretVault;

  constructor(config: Config) {
    this.vault = new SecretVault(config);
  }

  /** The key that seals. */
  get keyId(): string {
    return this.vault.keyId;
  }

  seal(text: string, place: Place): string {
    return this.vault.seal(text, rowOf(place));
  }

  /** Throws as {@link SecretVault.open} does. */
  open(sealed: string, keyId: string, place: Place): string {
    return this.vault.open(sealed, keyId, rowOf(place));
  }

  /**
   * What the row is to keep once `given` replaces tokens of it. One key seals both, so those left out are opened and sealed
   * again where an older one did; that throws as {@link open} does.
   */
  replace(kept: KeptTokens, given: { accessToken?: string; refreshToken?: string | null }, owner: Owner): KeptTokens {
    const next = (field: Place['field']) => {
      if (given[field] === undefined && kept.tokenKeyId === this.keyId) return kept[field];
      const text = given[field] === undefined ? this.openKept(kept, { ...owner, field }) : given[field];
      return text === null ? null : this.seal(text, { ...owner, field });
    };
    const [accessToken, refreshToken] = [next('accessToken'), next('refreshToken')];
    return { accessToken, refreshToken, tokenKeyId: accessToken === null && refreshToken === null ? null : this.keyId };
  }

  /** Both tokens of a row, as text; throws as {@link open} does. */
  opened(kept: KeptTokens, owner: Owner): { accessToken: string | null; refreshToken: string | null } {
    const [accessToken, refreshToken] = [
      this.openKept(kept, { ...owner, field: 'accessToken' }),
      this.openKept(kept, { ...owner, field: 'refreshToken' }),
    ];
    return { accessToken, refreshToken };
  }

  private openKept({ tokenKeyId, ...tokens }: KeptTokens, place: Place): string | null {
    const token = tokens[place.field];
    return token === null || tokenKeyId === null ? token : this.open(token, tokenKeyId, place);
  }
}

/** No token is kept. */
export const NO_TOKENS: KeptTokens = { accessToken: null, refreshToken: null, tokenKeyId: null };

function rowOf({ orgId, integrationId, field }: Place) {
  return { orgId, rowId: integrationId, field };
}
