import { Injectable } from '@nestjs/common';
import { SecretVault } from '../../platform/secrets/secret-vault.js';

/** The secrets of one endpoint as its row keeps them. One key seals both. */
export interface SealedSecrets {
  secret: string;
  previousSecret: string | null;
  secretKeyId: string;
}

export interface KeptSecrets extends SealedSecrets {
  orgId: string;
  id: string;
}

type Field = 'secret' | 'previousSecret';

/** Signing secrets, sealed at rest. What opens throws as SecretVault does. */
@Injectable()
export class EndpointSecrets {
  constructor(private readonly vault: SecretVault) {}

  first(secret: string, orgId: string, id: string): SealedSecrets {
    return { secret: this.seal(secret, orgId, id, 'secret'), previousSecret: null, secretKeyId: this.vault.keyId };
  }

  /** The new secret, with the one before it beside it. */
  rotated(kept: KeptSecrets, secret: string): SealedSecrets {
    const { orgId, id } = kept;
    const previousSecret = this.seal(this.open(kept, 'secret'), orgId, id, 'previousSecret');
    return { ...this.first(secret, orgId, id), previousSecret };
  }

  /** The same under the key that seals now. */
  resealed(kept: KeptSecrets): SealedSecrets {
    const { orgId, id } = kept;
    const sealed = this.first(this.open(kept, 'secret'), orgId, id);
    if (kept.previousSecret === null) return sealed;
    return { ...sealed, previousSecret: this.seal(this.open(kept, 'previousSecret'), orgId, id, 'previousSecret') };
  }

  /** What signs now, the newest first. */
  signing(kept: KeptSecrets & { previousExpiresAt: Date | null }, now = new Date()): string[] {
    const { previousExpiresAt } = kept;
    const isOver = previousExpiresAt === null || previousExpiresAt <= now;
    return [this.open(kept, 'secret'), ...(isOver ? [] : [this.open(kept, 'previousSecret')])];
  }

  private seal(text: string, orgId: string, rowId: string, field: Field): string {
    return this.vault.seal(text, { orgId, rowId, field });
  }

  private open(kept: KeptSecrets, field: Field): string {
    const { orgId, id: rowId, secretKeyId } = kept;
    return this.vault.open(kept[field] ?? '', secretKeyId, { orgId, rowId, field });
  }
}
