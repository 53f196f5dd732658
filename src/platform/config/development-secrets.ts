import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { ConfigError } from './settings.js';
import type { Settings } from './settings.js';
import { keptFile } from './kept-file.js';

const FILE = 'secrets.json';

type Secrets = Pick<Settings, 'JWT_SECRET' | 'ENCRYPTION_KEY' | 'FACEBOOK_APP_SECRET' | 'FACEBOOK_VERIFY_TOKEN'>;

/**
 * Secrets for development and test: what the environment sets, else what `DATA_DIR/secrets.json` keeps, made on first use.
 * Production never comes here.
 */
export function developmentSecrets(settings: Settings): Secrets {
  const kept = readOrMake(resolve(settings.DATA_DIR));
  return {
    JWT_SECRET: settings.JWT_SECRET || kept.JWT_SECRET,
    ENCRYPTION_KEY: settings.ENCRYPTION_KEY.length > 0 ? settings.ENCRYPTION_KEY : kept.ENCRYPTION_KEY,
    FACEBOOK_APP_SECRET: settings.FACEBOOK_APP_SECRET || kept.FACEBOOK_APP_SECRET,
    FACEBOOK_VERIFY_TOKEN: settings.FACEBOOK_VERIFY_TOKEN || kept.FACEBOOK_VERIFY_TOKEN,
  };
}

function readOrMake(directory: string): Secrets {
  const kept = parsed(keptFile(directory, FILE, () => JSON.stringify(make(), null, 2)));
  if (isSecrets(kept)) return kept;
  throw new ConfigError([
    `${join(directory, FILE)} lacks a secret: delete the file, and new ones are made (provider tokens must be entered again)`,
  ]);
}

function make(): Secrets {
  return {
    JWT_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEY: [randomBytes(32).toString('base64')],
    FACEBOOK_APP_SECRET: randomBytes(16).toString('hex'),
    FACEBOOK_VERIFY_TOKEN: randomBytes(16).toString('hex'),
  };
}

/** Null for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isSecrets(value: unknown): value is Secrets {
  const names: (keyof Secrets)[] = ['JWT_SECRET', 'ENCRYPTION_KEY', 'FACEBOOK_APP_SECRET', 'FACEBOOK_VERIFY_TOKEN'];
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}
