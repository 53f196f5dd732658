import { messageOf } from '../errors/thrown.js';
import { encryptionKeyFault } from './encryption-keys.js';

/** One environment variable: what it means, what it is when absent, and how its text becomes a value. */
export interface Setting<T> {
  description: string;
  default: T;
  /** Returns the value or throws a sentence that says what would be right. */
  parse(text: string): T;
}

const text = (description: string, fallback = ''): Setting<string> => ({
  description,
  default: fallback,
  parse: (value) => value,
});

const flag = (description: string, fallback: boolean): Setting<boolean> => ({
  description,
  default: fallback,
  parse: (value) => {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new Error('must be true or false');
  },
});

const port = (description: string, fallback: number): Setting<number> => ({
  description,
  default: fallback,
  parse: (value) => {
    const number = Number(value);
    if (/^\d{1,5}$/.test(value) && number <= 65_535) return number;
    throw new Error('must be a whole number from 0 to 65535');
  },
});

const url = (description: string, fallback: string, protocols: string[]): Setting<string> => ({
  description,
  default: fallback,
  parse: (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (parsed?.hostname && protocols.includes(parsed.protocol)) return value;
    const starts = protocols.map((protocol) => `${protocol}//`).join(' or ');
    throw new Error(`must be a URL that starts with ${starts} and names a host`);
  },
});

const oneOf = <T extends string>(description: string, fallback: T, values: readonly T[]): Setting<T> => ({
  description,
  default: fallback,
  parse: (value) => {
    const known = values.find((candidate) => candidate === value);
    if (known) return known;
    throw new Error(`must be one of ${values.join(', ')}`);
  },
});

/** Comma-separated. `fault` says what is wrong with an item, without repeating it: it may be a secret. */
const list = (description: string, fault: (item: string) => string | null): Setting<string[]> => ({
  description,
  default: [],
  parse: (value) => {
    const items = value.split(',').map((item) => item.trim());
    const faults = items.filter(Boolean).map(fault);
    const first = faults.find((found) => found !== null);
    if (first) throw new Error(first);
    return items.filter(Boolean);
  },
});

const http = ['http:', 'https:'];

function originFault(item: string): string | null {
  const isOrigin = URL.canParse(item) && new URL(item).origin === item;
  return isOrigin ? null : 'must be origins such as https://app.example.com, without path or slash at the end';
}

/** Every environment variable that Polydesk reads. `.env.example` is held against this list by a test. */
export const SETTINGS = {
  ENVIRONMENT: oneOf('development, test or production', 'development', ['development', 'test', 'production']),
  HOST: text('Address to listen on', '0.0.0.0'),
  PORT: port('Port to listen on', 3000),
  DATA_DIR: text('Where the embedded Postgres and what is made once in development are kept', './data'),
  DATABASE_URL: url('Postgres 15 to 18, as its owner; absent: an embedded one under DATA_DIR', '', [
    'postgres:',
    'postgresql:',
  ]),
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
  FACEBOOK_GRAPH_URL: url('Graph API for Messenger', 'https://graph.facebook.com/v25.0', http),
  WHATSAPP_APP_SECRET: text('Verifies what WhatsApp sends'),
  WHATSAPP_VERIFY_TOKEN: text('Answers the WhatsApp subscription handshake'),
  WHATSAPP_GRAPH_URL: url('Graph API for WhatsApp', 'https://graph.facebook.com/v25.0', http),
  ZALO_APP_ID: text('Zalo app'),
  ZALO_APP_SECRET: text('Signs in to Zalo for tokens'),
  ZALO_OA_SECRET_KEY: text('Verifies what Zalo sends'),
  ZALO_API_URL: url('Zalo OpenAPI', 'https://openapi.zalo.me', http),
  ZALO_OAUTH_URL: url('Zalo OAuth', 'https://oauth.zaloapp.com', http),
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
