import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { developmentProviders } from './development-providers.js';
import { developmentSecrets } from './development-secrets.js';
import { encryptionKeys } from './encryption-keys.js';
import type { EncryptionKey } from './encryption-keys.js';
import { weakSecrets } from './secret-strength.js';
import { ConfigError, readSettings } from './settings.js';
import type { Environment, Faults, Settings } from './settings.js';

/** Well-formed and never connected to: pools connect with their first query. */
const NO_DATABASE = 'postgres://nobody@localhost/none';

/** The validated environment. Made once, when a process starts. */
export class Config {
  readonly dataDirectory: string;
  /** First the one that seals, then those that only open. */
  readonly encryptionKeys: EncryptionKey[];

  private constructor(readonly settings: Settings) {
    this.dataDirectory = resolve(settings.DATA_DIR);
    this.encryptionKeys = encryptionKeys(settings.ENCRYPTION_KEY);
  }

  /**
   * Reads `.env` where there is one, then the environment, which wins. In development and test, secrets that are
   * missing are made once and kept under `DATA_DIR`. Throws {@link ConfigError}.
   */
  static load(): Config {
    if (existsSync('.env')) process.loadEnvFile('.env');
    return Config.from(process.env);
  }

  static from(environment: Environment): Config {
    const { settings, faults } = readSettings(environment);
    const isProduction = settings.ENVIRONMENT === 'production';
    const all: Faults = new Map([...(isProduction ? productionFaults(settings) : []), ...faults]);
    if (all.size > 0) throw new ConfigError([...all].map(([name, fault]) => `${name} ${fault}`));
    if (isProduction) return new Config(settings);
    return new Config({ ...settings, ...developmentProviders(settings, environment), ...developmentSecrets(settings) });
  }

  /** The same settings with a database: the embedded one, once it runs. */
  withDatabase(url: string): Config {
    return new Config({ ...this.settings, DATABASE_URL: url });
  }

  /** The same settings for a process that only shows what the application is: it reaches nothing, and works on nothing. */
  withoutDatabase(): Config {
    return new Config({ ...this.settings, DATABASE_URL: NO_DATABASE, RUN_JOBS: false });
  }

  get isProduction(): boolean {
    return this.settings.ENVIRONMENT === 'production';
  }
}

/** What production asks for beyond what each setting asks for itself. */
function productionFaults(settings: Settings): Faults {
  const faults = weakSecrets(settings);
  if (!settings.REQUIRE_ORGANIZATION_CONTEXT)
    faults.set('REQUIRE_ORGANIZATION_CONTEXT', 'cannot be false in production: remove it');
  if (!settings.ENABLE_POSTGRESQL_RLS) faults.set('ENABLE_POSTGRESQL_RLS', 'cannot be false in production: remove it');
  return faults;
}
