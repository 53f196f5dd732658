import { Injectable } from '@nestjs/common';
import { logger } from '../../platform/logging/logger.js';
import { DamagedSecretError, SecretVault, UnknownKeyError } from '../../platform/secrets/secret-vault.js';
import { ChatbotSecrets } from './chatbot-secrets.js';
import { ChatbotSecretsSystemRepository } from './chatbot-secrets.system-repository.js';
import type { SecretRow } from './chatbot-secrets.system-repository.js';

const BATCH_ROWS = 200;
const START = { orgId: '', id: '00000000-0000-0000-0000-000000000000' };

/** How many chatbots, by what became of their secrets. */
export interface SecretCounts {
  resealed: number;
  /** Somebody else wrote a new one meanwhile. */
  changedMeanwhile: number;
  /** As they are: nothing that ENCRYPTION_KEY has opens them. */
  left: number;
}

/** Brings the secrets of every organization's chatbots under the first key of ENCRYPTION_KEY. Runs beside the server, and twice at once, without harm. */
@Injectable()
export class ChatbotSecretRotation {
  constructor(
    private readonly rows: ChatbotSecretsSystemRepository,
    private readonly secrets: ChatbotSecrets,
    private readonly vault: SecretVault,
  ) {}

  async run(): Promise<SecretCounts> {
    const counts: SecretCounts = { resealed: 0, changedMeanwhile: 0, left: 0 };
    let batch: SecretRow[] = [];
    do {
      batch = await this.rows.notSealedWith(this.vault.keyId, batch.at(-1) ?? START, BATCH_ROWS);
      for (const row of batch) counts[await this.reseal(row)] += 1;
    } while (batch.length === BATCH_ROWS);
    return counts;
  }

  private async reseal(row: SecretRow): Promise<keyof SecretCounts> {
    try {
      return (await this.rows.replace(row, this.secrets.reseal(row))) ? 'resealed' : 'changedMeanwhile';
    } catch (error) {
      if (!(error instanceof UnknownKeyError || error instanceof DamagedSecretError)) throw error;
      logger.warn(error.message);
      return 'left';
    }
  }
}
