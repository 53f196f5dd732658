import type { Faults, Settings } from './settings.js';

const SHORTEST_SECRET = 32;

/** Secrets that could be guessed, and what to do; missing ones are weak. Empty where all are strong. */
export function weakSecrets({ JWT_SECRET, ENCRYPTION_KEY }: Settings): Faults {
  const faults: Faults = new Map();
  if (isWeak(JWT_SECRET))
    faults.set('JWT_SECRET', 'must be 32 or more random characters in production: openssl rand -base64 48');
  if (ENCRYPTION_KEY.length === 0)
    faults.set('ENCRYPTION_KEY', 'must be 32 random bytes in production: openssl rand -base64 32');
  if (ENCRYPTION_KEY.some(isPattern))
    faults.set('ENCRYPTION_KEY', 'must be random, not a repeated pattern: openssl rand -base64 32');
  return faults;
}

/** Short, or too few different characters to have been drawn at random. */
function isWeak(secret: string): boolean {
  return secret.length < SHORTEST_SECRET || new Set(secret).size < 10;
}

function isPattern(key: string): boolean {
  return new Set(key).size < 8;
}
