import { Injectable } from '@nestjs/common';
import { rotateSecrets } from '../../platform/secrets/secret-rotation.js';
import { SecretVault } from '../../platform/secrets/secret-vault.js';
import { ChatbotSecrets } from './chatbot-secrets.js';
import { ChatbotSecretsSystemRepository } from './chatbot-secrets.system-repository.js';
import type { SecretRow } from './chatbot-secrets.system-repository.js';

/** How many chatbots, by what became of their secrets. */
export interface SecretCounts {
  resealed: number;
  /** Somebody else wrote new ones meanwhile. */
  changedMeanwhile: number;
  /** As they are: nothing that ENCRYPTION_KEY has opens them. */
  left: number;
}

/** Brings the secrets of every organization's chatbots under the first key of ENCRYPTION_KEY. */
@Injectable()
export class ChatbotSecretRotation {
  constructor(
    private readonly rows: ChatbotSecretsSystemRepository,
    private readonly secrets: ChatbotSecrets,
    private readonly vault: SecretVault,
  ) {}

  async run(): Promise<SecretCounts> {
    const { resealed, changedMeanwhile, unknownKey, damaged } = await rotateSecrets({
      next: (after, limit) => this.rows.notSealedWith(this.vault.keyId, after, limit),
      reseal: async (row: SecretRow) => this.rows.replace(row, this.secrets.reseal(row)),
    });
    return { resealed, changedMeanwhile, left: unknownKey + damaged };
  }
}
