import { encryptionKeyFault } from './encryption-keys.js';
import {
  choices,
  flag,
  list,
  networkFault,
  oneOf,
  originFault,
  text,
  url,
  webProtocols,
  whole,
} from './setting-kinds.js';
import { messageOf } from '../errors/thrown.js';

/** Every environment variable that Polydesk reads. `.env.example` is held against this list by a test. */
export const SETTINGS = {
  ENVIRONMENT: oneOf('development, test or production', 'development', ['development', 'test', 'production']),
  HOST: text('Address to listen on', '0.0.0.0'),
  PORT: whole('Port to listen on', 3000, 0, 65_535),
  DATA_DIR: text('Where the embedded Postgres and what is made once in development are kept', './data'),
  DATABASE_URL: url('Postgres 15 to 18, as its owner; absent: an embedded one under DATA_DIR', '', [
    'postgres:',
    'postgresql:',
  ]),
  DATABASE_DIRECT_URL: url('The same database past a pooler, for LISTEN and migrations; absent: DATABASE_URL', '', [
    'postgres:',
    'postgresql:',
  ]),
  RUN_JOBS: flag('Whether this process also works on jobs; false: leave them to `polydesk worker`', true),
  PUBLIC_URL: url('Where the outside reaches this server; absent: http://localhost and PORT', '', webProtocols),
  JWT_SECRET: text('Signs access tokens: 32 characters or more, random'),
  ENCRYPTION_KEY: list(
    'Seals provider tokens: 32 random bytes in base64 or hex; while rotating: new,old',
    encryptionKeyFault,
  ),
  ALLOW_SIGNUP: flag('Whether a stranger may register an organization of their own', false),
  CORS_ORIGINS: list('Origins of single-page apps, comma-separated', originFault),
  REQUIRE_ORGANIZATION_CONTEXT: flag('Refuse work that names no organization; false: it is the default one', true),
  ENABLE_POSTGRESQL_RLS: flag('Let requests run under row-level security', true),
  FACEBOOK_APP_ID: text('Meta app of the Messenger channel'),
  FACEBOOK_APP_SECRET: text('Verifies what Messenger sends'),
  FACEBOOK_VERIFY_TOKEN: text('Answers the Messenger subscription handshake'),
  FACEBOOK_GRAPH_URL: url('Graph API for Messenger', 'https://graph.facebook.com/v25.0', webProtocols),
  WHATSAPP_APP_SECRET: text('Verifies what WhatsApp sends'),
  WHATSAPP_VERIFY_TOKEN: text('Answers the WhatsApp subscription handshake'),
  WHATSAPP_GRAPH_URL: url('Graph API for WhatsApp', 'https://graph.facebook.com/v25.0', webProtocols),
  ZALO_APP_ID: text('Zalo app'),
  ZALO_APP_SECRET: text('Signs in to Zalo for tokens'),
  ZALO_OA_SECRET_KEY: text('Verifies what Zalo sends'),
  ZALO_SIGNATURES: choices('How Zalo signs, of what its documents say', [
    'oa-key body',
    'oa-key header',
    'app-secret body',
    'app-secret header',
  ]),
  ZALO_API_URL: url('Zalo OpenAPI', 'https://openapi.zalo.me', webProtocols),
  ZALO_OAUTH_URL: url('Zalo OAuth', 'https://oauth.zaloapp.com', webProtocols),
  WEBHOOK_ALLOWED_NETWORKS: list(
    'Private networks that partner webhooks, models and files of messages may reach all the same, as 10.1.0.0/16',
    networkFault,
  ),
  MEDIA_MAX_MB: whole('Largest file of a message that is kept, in megabytes', 25, 1, 500),
  S3_BUCKET: text('Bucket for files of messages; absent: they are kept under DATA_DIR'),
  S3_ENDPOINT: url('S3 service; absent: Amazon', '', webProtocols),
  S3_REGION: text('Region of the bucket', 'us-east-1'),
  S3_ACCESS_KEY_ID: text('Key to the bucket'),
  S3_SECRET_ACCESS_KEY: text('Secret of that key'),
};

export type Environment = Record<string, string | undefined>;
export type Settings = { [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K]['default'] };

/** What each setting at fault lacks, by its name. */
export type Faults = Map<keyof Settings, string>;

/** Reads all settings; those at fault have their default. */
export function readSettings(environment: Environment): { settings: Settings; faults: Faults } {
  const faults: Faults = new Map();
  const read = (name: keyof Settings): [string, unknown] => {
    const value = environment[name];
    if (value === undefined || value === '') return [name, SETTINGS[name].default];
    try {
      return [name, SETTINGS[name].parse(value)];
    } catch (error) {
      faults.set(name, messageOf(error));
      return [name, SETTINGS[name].default];
    }
  };
  const settings = Object.fromEntries(names().map(read));
  return { settings: settings as Settings, faults }; // Name by name from SETTINGS, each by its own parser.
}

function names(): (keyof Settings)[] {
  return Object.keys(SETTINGS) as (keyof Settings)[]; // An object literal: its keys are the names.
}

/** The environment cannot be used as it is; the message names every setting at fault and what would be right. */
export class ConfigError extends Error {
  constructor(readonly faults: string[]) {
    super(`Polydesk cannot start with these settings:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
