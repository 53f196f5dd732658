import { DEVELOPMENT_KEY } from '../modules/api-keys/development-key.js';
import type { Config } from '../platform/config/config.js';
import { weakSecrets } from '../platform/config/secret-strength.js';
import type { Settings } from '../platform/config/settings.js';
import { DatabaseConnections } from '../platform/database/database-connections.js';
import { examineDatabase, faultsOf } from '../platform/database/doctor.js';
import type { DatabaseReport } from '../platform/database/doctor.js';
import { withOwner } from '../platform/database/owner-client.js';
import { messageOf } from '../platform/errors/thrown.js';
import { hashOf } from '../platform/secrets/located-secret.js';

/** What proves that a provider's webhooks are its own. */
const WEBHOOK_SECRETS = [
  { platform: 'facebook', name: 'FACEBOOK_APP_SECRET', pages: 'Messenger pages' },
  { platform: 'whatsapp', name: 'WHATSAPP_APP_SECRET', pages: 'WhatsApp numbers' },
  { platform: 'zalo', name: 'ZALO_OA_SECRET_KEY', pages: 'Zalo accounts' },
] as const;

/** What `polydesk doctor` found. */
export interface Diagnosis {
  ok: boolean;
  /** Everything that is wrong, in sentences. */
  faults: string[];
  /** Null where it cannot be reached. */
  database: DatabaseReport | null;
}

/** Looks at the settings and the database, and changes nothing. */
export async function diagnose(config: Config): Promise<Diagnosis> {
  const connections = new DatabaseConnections(config);
  const away = await whyAway(connections);
  if (away !== null) return { ok: false, faults: [...settingFaults(config), away], database: null };
  const database = await examineDatabase(connections);
  const known = await wellKnown(config, connections, database);
  const faults = [...settingFaults(config), ...known, ...faultsOf(database)];
  return { ok: faults.length === 0, faults, database };
}

async function whyAway(connections: DatabaseConnections): Promise<string | null> {
  return withOwner(connections.ownerUrl, 'polydesk_doctor', () => Promise.resolve(null)).catch(
    (error: unknown) => `database cannot be reached: ${connections.describeOwner()} says: ${messageOf(error)}`,
  );
}

function settingFaults({ settings }: Config): string[] {
  const faults = [...weakSecrets(settings)].map(([name, fault]) => `setting ${name} ${fault}`);
  if (!settings.ENABLE_POSTGRESQL_RLS)
    faults.push('setting ENABLE_POSTGRESQL_RLS is false: requests run without row-level security');
  if (!settings.REQUIRE_ORGANIZATION_CONTEXT)
    faults.push(
      'setting REQUIRE_ORGANIZATION_CONTEXT is false: work without an organization is taken as the default one',
    );
  return faults;
}

/** What is looked up in the database, and weighed by the settings. */
async function wellKnown(
  { settings }: Config,
  { ownerUrl }: DatabaseConnections,
  { tables }: DatabaseReport,
): Promise<string[]> {
  if (!tables.some(({ table }) => table === 'channel_routes')) return []; // Migrations are pending, which is told.
  return withOwner(ownerUrl, 'polydesk_doctor', async (owner) => {
    const { rows } = await owner.query<{ hasKey: boolean; connected: string[] }>(
      `SELECT EXISTS (SELECT FROM api_key_routes WHERE key_hash = $1) AS "hasKey",
              ARRAY(SELECT DISTINCT platform FROM channel_routes ORDER BY platform) AS connected`,
      [hashOf(DEVELOPMENT_KEY)],
    );
    const faults: string[] = [];
    if (rows[0]?.hasKey && settings.ENVIRONMENT !== 'development')
      faults.push(
        `API key ${DEVELOPMENT_KEY} exists, and everybody knows it: revoke it, or use a database that was never seeded`,
      );
    return [...faults, ...missingSecrets(settings, rows[0]?.connected ?? [])];
  });
}

function missingSecrets(settings: Settings, connected: string[]): string[] {
  return WEBHOOK_SECRETS.filter(({ platform, name }) => connected.includes(platform) && settings[name] === '').map(
    ({ name, pages }) => `setting ${name} is missing while ${pages} are connected: their webhooks are refused`,
  );
}
