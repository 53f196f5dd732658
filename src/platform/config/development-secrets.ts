import { randomBytes, randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { ConfigError } from './settings.js';
import type { Settings } from './settings.js';
import { keptFile } from './kept-file.js';

const FILE = 'secrets.json';
/** A file of its own, for there are installations whose other file was made before these. */
const PROVIDERS_FILE = 'provider-secrets.json';

type Secrets = Pick<Settings, 'JWT_SECRET' | 'ENCRYPTION_KEY' | 'FACEBOOK_APP_SECRET' | 'FACEBOOK_VERIFY_TOKEN'>;
type ProviderSecrets = Pick<
  Settings,
  'WHATSAPP_APP_SECRET' | 'WHATSAPP_VERIFY_TOKEN' | 'ZALO_APP_ID' | 'ZALO_APP_SECRET' | 'ZALO_OA_SECRET_KEY'
>;

/**
 * Secrets for development and test: what the environment sets, else what two files under `DATA_DIR` keep, made on first use.
 * Production never comes here.
 */
export function developmentSecrets(settings: Settings): Secrets & ProviderSecrets {
  const directory = resolve(settings.DATA_DIR);
  const kept = readOrMake(directory, FILE, make);
  const ofProviders = readOrMake(directory, PROVIDERS_FILE, makeForProviders);
  return {
    JWT_SECRET: settings.JWT_SECRET || kept.JWT_SECRET,
    ENCRYPTION_KEY: settings.ENCRYPTION_KEY.length > 0 ? settings.ENCRYPTION_KEY : kept.ENCRYPTION_KEY,
    FACEBOOK_APP_SECRET: settings.FACEBOOK_APP_SECRET || kept.FACEBOOK_APP_SECRET,
    FACEBOOK_VERIFY_TOKEN: settings.FACEBOOK_VERIFY_TOKEN || kept.FACEBOOK_VERIFY_TOKEN,
    WHATSAPP_APP_SECRET: settings.WHATSAPP_APP_SECRET || ofProviders.WHATSAPP_APP_SECRET,
    WHATSAPP_VERIFY_TOKEN: settings.WHATSAPP_VERIFY_TOKEN || ofProviders.WHATSAPP_VERIFY_TOKEN,
    ZALO_APP_ID: settings.ZALO_APP_ID || ofProviders.ZALO_APP_ID,
    ZALO_APP_SECRET: settings.ZALO_APP_SECRET || ofProviders.ZALO_APP_SECRET,
    ZALO_OA_SECRET_KEY: settings.ZALO_OA_SECRET_KEY || ofProviders.ZALO_OA_SECRET_KEY,
  };
}

function readOrMake<T extends object>(directory: string, file: string, make: () => T): T {
  const made = make();
  const kept = parsed(keptFile(directory, file, () => JSON.stringify(made, null, 2)));
  if (hasAllOf(made, kept)) return kept;
  throw new ConfigError([
    `${join(directory, file)} lacks a secret: delete the file, and new ones are made (provider tokens must be entered again)`,
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

function makeForProviders(): ProviderSecrets {
  return {
    WHATSAPP_APP_SECRET: randomBytes(16).toString('hex'),
    WHATSAPP_VERIFY_TOKEN: randomBytes(16).toString('hex'),
    ZALO_APP_ID: String(randomInt(1e12, 9e12)),
    ZALO_APP_SECRET: randomBytes(10).toString('hex'),
    ZALO_OA_SECRET_KEY: randomBytes(16).toString('hex'),
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

/** Whether what was kept has every name that is made now. */
function hasAllOf<T extends object>(made: T, kept: unknown): kept is T {
  return typeof kept === 'object' && kept !== null && Object.keys(made).every((name) => name in kept);
}
