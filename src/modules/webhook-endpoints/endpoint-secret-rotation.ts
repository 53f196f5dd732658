import { Injectable } from '@nestjs/common';
import { logger } from '../../platform/logging/logger.js';
import { DamagedSecretError, SecretVault, UnknownKeyError } from '../../platform/secrets/secret-vault.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import { EndpointSecretsSystemRepository } from './endpoint-secrets.system-repository.js';
import type { EndpointSecretRow } from './endpoint-secrets.system-repository.js';

const BATCH_ROWS = 200;
const START = { orgId: '', id: '00000000-0000-0000-0000-000000000000' };

/** How many endpoints, by what became of their secrets. */
export interface EndpointSecretCounts {
  resealed: number;
  /** Somebody else wrote new ones meanwhile. */
  changedMeanwhile: number;
  /** As they are: nothing that ENCRYPTION_KEY has opens them. */
  left: number;
}

/** Brings the secrets of all webhook endpoints under the first key of ENCRYPTION_KEY. Runs beside the server without harm. */
@Injectable()
export class EndpointSecretRotation {
  constructor(
    private readonly rows: EndpointSecretsSystemRepository,
    private readonly secrets: EndpointSecrets,
    private readonly vault: SecretVault,
  ) {}

  async run(): Promise<EndpointSecretCounts> {
    const counts: EndpointSecretCounts = { resealed: 0, changedMeanwhile: 0, left: 0 };
    let batch: EndpointSecretRow[] = [];
    do {
      batch = await this.rows.notSealedWith(this.vault.keyId, batch.at(-1) ?? START, BATCH_ROWS);
      for (const row of batch) counts[await this.reseal(row)] += 1;
    } while (batch.length === BATCH_ROWS);
    return counts;
  }

  private async reseal(row: EndpointSecretRow): Promise<keyof EndpointSecretCounts> {
    try {
      return (await this.rows.replace(row, this.secrets.resealed(row))) ? 'resealed' : 'changedMeanwhile';
    } catch (error) {
      if (!(error instanceof UnknownKeyError || error instanceof DamagedSecretError)) throw error;
      logger.warn(error.message);
      return 'left';
    }
  }
}
