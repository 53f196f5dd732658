import { Injectable } from '@nestjs/common';
import { rotateSecrets } from '../../platform/secrets/secret-rotation.js';
import { SecretVault } from '../../platform/secrets/secret-vault.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import { EndpointSecretsSystemRepository } from './endpoint-secrets.system-repository.js';
import type { EndpointSecretRow } from './endpoint-secrets.system-repository.js';

/** How many webhook endpoints, by what became of their secrets. */
export interface EndpointSecretCounts {
  resealed: number;
  /** Somebody else wrote new ones meanwhile. */
  changedMeanwhile: number;
  /** As they are: nothing that ENCRYPTION_KEY has opens them. */
  left: number;
}

/** Brings the secrets of every organization's webhook endpoints under the first key of ENCRYPTION_KEY. */
@Injectable()
export class EndpointSecretRotation {
  constructor(
    private readonly rows: EndpointSecretsSystemRepository,
    private readonly secrets: EndpointSecrets,
    private readonly vault: SecretVault,
  ) {}

  async run(): Promise<EndpointSecretCounts> {
    const { resealed, changedMeanwhile, unknownKey, damaged } = await rotateSecrets({
      next: (after, limit) => this.rows.notSealedWith(this.vault.keyId, after, limit),
      reseal: async (row: EndpointSecretRow) => this.rows.replace(row, this.secrets.resealed(row)),
    });
    return { resealed, changedMeanwhile, left: unknownKey + damaged };
  }
}
