import { Injectable } from '@nestjs/common';
import { logger } from '../../platform/logging/logger.js';
import { DamagedSecretError, UnknownKeyError } from '../../platform/secrets/secret-vault.js';
import { IntegrationsSystemRepository } from './integrations.system-repository.js';
import type { TokenRow } from './integrations.system-repository.js';
import { TokenVault } from './token-vault.js';

const BATCH_ROWS = 200;
const START = { orgId: '', id: '00000000-0000-0000-0000-000000000000' };

/** How many integrations, by what became of their tokens. */
export interface RotationCounts {
  resealed: number;
  /** Somebody else wrote new tokens, or re-sealed them, meanwhile. */
  changedMeanwhile: number;
  /** Left as they are: ENCRYPTION_KEY lacks the key that sealed them. */
  unknownKey: number;
  /** Left as they are: their own key does not open them. */
  damaged: number;
}

/**
 * Brings every organization's tokens under the first key of ENCRYPTION_KEY: those sealed with an older key, and plain text from
 * before there was encryption. Runs beside the server, and twice at once, without harm.
 */
@Injectable()
export class TokenRotation {
  constructor(
    private readonly integrations: IntegrationsSystemRepository,
    private readonly vault: TokenVault,
  ) {}

  async run(onProgress: (counts: RotationCounts) => void = () => undefined): Promise<RotationCounts> {
    const counts: RotationCounts = { resealed: 0, changedMeanwhile: 0, unknownKey: 0, damaged: 0 };
    const warn = warnOnce();
    let rows: TokenRow[] = [];
    do {
      rows = await this.integrations.notSealedWith(this.vault.keyId, rows.at(-1) ?? START, BATCH_ROWS);
      for (const row of rows) counts[await this.reseal(row, warn)] += 1;
      if (rows.length > 0) onProgress({ ...counts });
    } while (rows.length === BATCH_ROWS);
    return counts;
  }

  private async reseal(row: TokenRow, warn: (message: string) => void): Promise<keyof RotationCounts> {
    try {
      const resealed = this.vault.replace(row, {}, { orgId: row.orgId, integrationId: row.id });
      return (await this.integrations.replace(row, resealed)) ? 'resealed' : 'changedMeanwhile';
    } catch (error) {
      if (!(error instanceof UnknownKeyError || error instanceof DamagedSecretError)) throw error;
      warn(error.message);
      return error instanceof UnknownKeyError ? 'unknownKey' : 'damaged';
    }
  }
}

/** A missing key says the same of every row that it sealed. */
function warnOnce(): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (!said.has(message)) logger.warn(message);
    said.add(message);
  };
}
