import { Injectable } from '@nestjs/common';
import { rotateSecrets } from '../../platform/secrets/secret-rotation.js';
import type { RotationCounts } from '../../platform/secrets/secret-rotation.js';
import { IntegrationsSystemRepository } from './integrations.system-repository.js';
import type { TokenRow } from './integrations.system-repository.js';
import { TokenVault } from './token-vault.js';

/**
 * Brings every organization's tokens under the first key of ENCRYPTION_KEY: those sealed with an older key, and plain text from
 * before there was encryption.
 */
@Injectable()
export class TokenRotation {
  constructor(
    private readonly integrations: IntegrationsSystemRepository,
    private readonly vault: TokenVault,
  ) {}

  run(onProgress?: (counts: RotationCounts) => void): Promise<RotationCounts> {
    const { integrations, vault } = this;
    const next = (after: { orgId: string; id: string }, limit: number) =>
      integrations.notSealedWith(vault.keyId, after, limit);
    const reseal = async (row: TokenRow) =>
      integrations.replace(row, vault.replace(row, {}, { orgId: row.orgId, integrationId: row.id }));
    return rotateSecrets({ next, reseal }, onProgress);
  }
}
