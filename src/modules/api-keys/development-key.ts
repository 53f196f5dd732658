import type { SystemDatabase } from '../../platform/database/system-database.js';
import { hashOf } from '../../platform/secrets/located-secret.js';

/** The key that the seed makes and every tutorial knows. */
export const DEVELOPMENT_KEY = 'dev_key_123';

/** Stops a production start on a database where everybody knows a platform key. */
export async function refuseDevelopmentKey(database: SystemDatabase): Promise<void> {
  const where = { keyHash: hashOf(DEVELOPMENT_KEY) };
  const known = await database.prisma.apiKeyRoute.findFirst({ where });
  if (known)
    throw new DevelopmentKeyError(
      `The key ${DEVELOPMENT_KEY} exists in this database, and everybody knows it: revoke it (DELETE /api-keys/${known.apiKeyId}) before starting in production, or use a database that was never seeded`,
    );
}

/** This database was seeded for development. */
export class DevelopmentKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DevelopmentKeyError';
  }
}
