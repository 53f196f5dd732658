import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { diagnose } from '../src/cli/diagnosis.js';
import type { Diagnosis } from '../src/cli/diagnosis.js';
import { describeDiagnosis } from '../src/cli/doctor-text.js';
import { Config } from '../src/platform/config/config.js';
import { EmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { SETTINGS } from '../src/platform/config/settings.js';
import type { Environment } from '../src/platform/config/settings.js';
import { SHARED_TABLES } from '../src/platform/database/shared-tables.js';
import { hashOf } from '../src/platform/secrets/located-secret.js';
import { migrate } from '../src/server.js';
import type { TestOrganization } from './support/test-organization.js';
import { TestDatabase } from './support/test-database.js';
import { World, testEnvironment } from './support/world.js';

const COMMAND = ['--import', '@swc-node/register/esm-register', 'src/cli.ts', 'doctor'];
const ABSENT = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']));

/** `polydesk doctor` as a process of its own. */
function run(environment: Environment, ...options: string[]): Promise<{ code: number; output: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env; // Jest's own are not for it.
  const env = { ...inherited, ...ABSENT, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...options], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

describe('polydesk doctor', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    for (const organization of [acme, rival]) {
      const { id } = await organization.conversation();
      await organization.post(`/conversations/${id}/messages`, { text: 'hello' }).expect(202);
      await organization.withKey(['conversations:read']);
      await organization.post('/chatbots', { name: 'bot' }).expect(201);
      await organization.post('/invitations', { email: 'new@example.com', role: 'agent' }).expect(201);
    }
  });
  afterAll(() => world.stop());

  const examine = (environment: Environment = {}): Promise<Diagnosis> =>
    diagnose(Config.from({ ...testEnvironment(world.database.url), ...environment }));

  /** What the doctor says while something is broken. */
  const faultsWhile = async (breakIt: string, mend: string): Promise<string[]> => {
    await world.database.owner.query(breakIt);
    try {
      return (await examine()).faults;
    } finally {
      await world.database.owner.query(mend);
    }
  };

  it('finds nothing wrong with the tables, roles and secrets of a server: a new table must say whose it is', async () => {
    const { ok, faults } = await examine();
    expect(faults).toEqual([]);
    expect(ok).toBe(true);
  });

  it('does not mind the views that an extension has for everybody', async () => {
    const [makeIt, dropIt] = ['CREATE EXTENSION pg_stat_statements', 'DROP EXTENSION pg_stat_statements'];
    expect(await faultsWhile(makeIt, dropIt)).toEqual([]);
  });

  it('minds a table of an extension only where a serving role reaches it', async () => {
    const makeIt = `CREATE EXTENSION pg_stat_statements; CREATE SCHEMA others; CREATE TABLE others.kept (id int PRIMARY KEY);
      ALTER EXTENSION pg_stat_statements ADD TABLE others.kept`;
    const dropIt = 'DROP EXTENSION pg_stat_statements; DROP SCHEMA others';
    expect(await faultsWhile(makeIt, dropIt)).toEqual([]);
    const open = 'GRANT USAGE ON SCHEMA others TO polydesk_app; GRANT SELECT (id) ON others.kept TO polydesk_app';
    expect(await faultsWhile(`${makeIt}; ${open}`, dropIt)).toContain(
      'table others.kept: has no org_id: add it, or list the table in shared-tables.ts with the reason',
    );
  });

  it('looks at every table, and through the eyes of two organizations, of none and of nonsense', async () => {
    const { database } = await examine();
    const names = await world.database.rows<{ name: string }>(
      `SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE "C"`,
    );
    const tables = database?.tables ?? [];
    expect(tables.map(({ table }) => table).sort()).toEqual(names.map(({ name }) => name));
    const probed = tables.filter(({ probe }) => probe?.A === 'ok' && probe.B === 'ok' && probe.none === 'ok');
    expect(probed.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['organizations', 'users', 'messages', 'api_key_routes', 'invitations', 'audit_entries']),
    );
    expect(probed.every(({ probe }) => probe?.garbage === 'ok')).toBe(true);
    expect(tables.filter(({ reason }) => reason !== null).map(({ table }) => table)).toEqual(
      [...SHARED_TABLES.keys()].filter((name) => names.some((table) => table.name === name)).sort(),
    );
  });

  it.each([
    [
      'a table without an organization',
      'CREATE TABLE notes (id uuid PRIMARY KEY)',
      'DROP TABLE notes',
      'table notes: has no org_id: add it, or list the table in shared-tables.ts with the reason',
    ],
    [
      'a table with an organization and without a policy',
      'CREATE TABLE notes (org_id text REFERENCES organizations (id), id uuid, PRIMARY KEY (org_id, id))',
      'DROP TABLE notes',
      'table notes: row-level security is off',
    ],
    [
      'an organization of another type',
      'CREATE TABLE notes (org_id uuid, id uuid, PRIMARY KEY (org_id, id))',
      'DROP TABLE notes',
      'table notes: org_id is uuid, not text as everywhere',
    ],
    [
      'an organization that may be null',
      'CREATE TABLE notes (org_id text, id uuid PRIMARY KEY)',
      'DROP TABLE notes',
      'table notes: org_id may be null',
    ],
    [
      'a table without a key',
      'CREATE TABLE notes (org_id text NOT NULL)',
      'DROP TABLE notes',
      'table notes: has no primary key',
    ],
    [
      'a key across organizations',
      'CREATE UNIQUE INDEX wide ON customers (external_id)',
      'DROP INDEX wide',
      'table customers: wide does not begin with org_id',
    ],
    [
      'a table without a foreign key to its organization',
      'ALTER TABLE customers DROP CONSTRAINT customers_org_id_fkey',
      'ALTER TABLE customers ADD CONSTRAINT customers_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT',
      'table customers: has no foreign key to organizations',
    ],
    [
      'a foreign key that can point into another organization',
      `CREATE TABLE notes (org_id text REFERENCES organizations, id uuid, child_id uuid UNIQUE, PRIMARY KEY (org_id, id));
       ALTER TABLE notes ADD CONSTRAINT loose FOREIGN KEY (child_id) REFERENCES notes (child_id)`,
      'DROP TABLE notes',
      'table notes: loose can point into another organization',
    ],
    [
      'a foreign key that was never validated',
      'ALTER TABLE messages ADD CONSTRAINT new_one FOREIGN KEY (org_id) REFERENCES organizations (id) NOT VALID',
      'ALTER TABLE messages DROP CONSTRAINT new_one',
      'table messages: new_one was never validated',
    ],
    [
      'a foreign key that empties the organization',
      'ALTER TABLE messages ADD CONSTRAINT emptying FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE SET NULL ON UPDATE CASCADE',
      'ALTER TABLE messages DROP CONSTRAINT emptying',
      'table messages: emptying would empty org_id when its target goes',
    ],
    [
      'row-level security that is off',
      'ALTER TABLE messages DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE messages ENABLE ROW LEVEL SECURITY',
      'table messages: row-level security is off',
    ],
    [
      'row-level security that is forced',
      'ALTER TABLE messages FORCE ROW LEVEL SECURITY',
      'ALTER TABLE messages NO FORCE ROW LEVEL SECURITY',
      'table messages: row-level security is forced on the owner: shard moves and key checks would see no rows',
    ],
    [
      'a policy that lets everything through',
      'CREATE POLICY wide ON messages TO polydesk_app USING (true)',
      'DROP POLICY wide ON messages',
      'table messages: policy wide opens it to polydesk_app',
    ],
    [
      'a policy for everybody',
      'CREATE POLICY wide ON messages FOR SELECT USING (true)',
      'DROP POLICY wide ON messages',
      'table messages: policy wide opens it to polydesk_app',
    ],
    [
      'the policy gone',
      'ALTER POLICY organization ON messages TO polydesk_system',
      'ALTER POLICY organization ON messages TO polydesk_app',
      'table messages: no policy holds polydesk_app to the bound organization',
    ],
    [
      'a trigger',
      `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER busy BEFORE INSERT ON messages EXECUTE FUNCTION nothing()`,
      'DROP FUNCTION nothing() CASCADE',
      'table messages: trigger busy: not on tables of organizations',
    ],
    [
      'a grant too many',
      'GRANT TRUNCATE ON messages TO polydesk_app',
      'REVOKE TRUNCATE ON messages FROM polydesk_app',
      'table messages: polydesk_app has TRUNCATE',
    ],
    [
      'a grant to everybody',
      'GRANT SELECT ON rate_limits TO PUBLIC',
      'REVOKE SELECT ON rate_limits FROM PUBLIC',
      'table rate_limits: polydesk_app has SELECT',
    ],
    [
      'an audit log that can be rewritten',
      'GRANT UPDATE (action) ON audit_entries TO polydesk_app',
      'REVOKE UPDATE (action) ON audit_entries FROM polydesk_app',
      'table audit_entries: polydesk_app may change action',
    ],
    [
      'an organization that can set its own plan',
      'GRANT UPDATE (tier) ON organizations TO polydesk_app',
      'REVOKE UPDATE (tier) ON organizations FROM polydesk_app',
      'table organizations: polydesk_app may change tier',
    ],
    [
      'a grant too few',
      'REVOKE INSERT ON messages FROM polydesk_app',
      'GRANT INSERT ON messages TO polydesk_app',
      'table messages: polydesk_app lacks INSERT',
    ],
    [
      'a view that shows every organization',
      'CREATE VIEW everything AS SELECT * FROM messages; GRANT SELECT ON everything TO polydesk_app',
      'DROP VIEW everything',
      'view everything is readable by polydesk_app and not security_invoker: it shows every organization',
    ],
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW everything AS SELECT * FROM messages; GRANT SELECT ON everything TO polydesk_app',
      'DROP MATERIALIZED VIEW everything',
      'materialized view everything is readable by polydesk_app: no policy holds there',
    ],
    [
      'a function that runs as its owner',
      `CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM messages'`,
      'DROP FUNCTION peek()',
      'function peek() runs as its owner and polydesk_app may call it',
    ],
    [
      'a function of ours that runs as its owner under names that others may choose',
      'ALTER FUNCTION app.found_messages(text, uuid, timestamptz, uuid, integer) RESET search_path',
      'ALTER FUNCTION app.found_messages(text, uuid, timestamptz, uuid, integer) SET search_path = pg_catalog, pg_temp',
      'function app.found_messages(text,uuid,timestamp with time zone,uuid,integer) runs as its owner, and does not hold itself to the bound organization',
    ],
    [
      'a job queue that requests can read',
      'GRANT USAGE ON SCHEMA graphile_worker TO polydesk_app; GRANT SELECT ON graphile_worker.jobs TO polydesk_app',
      'REVOKE USAGE ON SCHEMA graphile_worker FROM polydesk_app; REVOKE SELECT ON graphile_worker.jobs FROM polydesk_app',
      'schema graphile_worker polydesk_app has SELECT on graphile_worker.jobs',
    ],
    [
      'columns of the job queue that requests can read',
      'GRANT SELECT (payload) ON graphile_worker._private_jobs TO polydesk_app',
      'REVOKE SELECT (payload) ON graphile_worker._private_jobs FROM polydesk_app',
      'schema graphile_worker polydesk_app has SELECT on columns of graphile_worker._private_jobs',
    ],
    [
      "a function of the job queue's that everybody may call",
      'GRANT EXECUTE ON FUNCTION graphile_worker.complete_jobs(bigint[]) TO PUBLIC',
      'REVOKE EXECUTE ON FUNCTION graphile_worker.complete_jobs(bigint[]) FROM PUBLIC',
      'schema graphile_worker polydesk_app may call graphile_worker.complete_jobs(bigint[])',
    ],
    [
      'a job queue that the role which works on jobs cannot write',
      'REVOKE UPDATE ON graphile_worker._private_jobs FROM polydesk_system',
      'GRANT UPDATE ON graphile_worker._private_jobs TO polydesk_system',
      'schema graphile_worker polydesk_system lacks UPDATE on graphile_worker._private_jobs',
    ],
    [
      'a migration that is pending',
      `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${lastMigration()}'`,
      `UPDATE _prisma_migrations SET rolled_back_at = NULL WHERE migration_name = '${lastMigration()}'`,
      `migration ${lastMigration()} is pending: polydesk migrate`,
    ],
    [
      'the key that everybody knows',
      `INSERT INTO api_key_routes (key_hash, org_id, api_key_id) VALUES ('\\x${hashOf('dev_key_123').toString('hex')}', 'org_default_001', gen_random_uuid())`,
      `DELETE FROM api_key_routes WHERE key_hash = '\\x${hashOf('dev_key_123').toString('hex')}'`,
      'API key dev_key_123 exists, and everybody knows it: revoke it, or use a database that was never seeded',
    ],
  ])('finds %s', async (_what, breakIt, mend, fault) => {
    expect(await faultsWhile(breakIt, mend)).toContain(fault);
  });

  it('sees with its own eyes what an organization would see of another', async () => {
    const off = await faultsWhile(
      'ALTER TABLE messages DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE messages ENABLE ROW LEVEL SECURITY',
    );
    const [first, second] = [acme.id, rival.id].sort();
    expect(off).toEqual([
      'table messages: row-level security is off',
      `table messages: bound to ${first}, it sees rows of ${second}`,
      `table messages: bound to ${second}, it sees rows of ${first}`,
      'table messages: bound to no organization, it sees rows',
      'table messages: bound to an organization that is none, it sees rows',
    ]);
  });

  it('sees that an organization does not even see its own', async () => {
    const faults = await faultsWhile(
      'CREATE POLICY closed ON messages AS RESTRICTIVE TO polydesk_app USING (false)',
      'DROP POLICY closed ON messages',
    );
    expect(faults).toContainEqual(
      expect.stringMatching(/^table messages: bound to org_\w+, it does not see its rows$/),
    );
  });

  it('finds a weak secret, in whatever environment', async () => {
    const { faults } = await examine({ JWT_SECRET: 'secret', ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') });
    expect(faults).toEqual([
      expect.stringMatching(/^setting JWT_SECRET must be 32 or more random characters/),
      expect.stringMatching(/^setting ENCRYPTION_KEY must be random/),
    ]);
  });

  it('finds a secret missing without which the webhooks of connected pages are refused', async () => {
    const absent = {
      ENVIRONMENT: 'production',
      FACEBOOK_APP_SECRET: '',
      WHATSAPP_APP_SECRET: '',
      ZALO_OA_SECRET_KEY: '',
    };
    const messenger =
      'setting FACEBOOK_APP_SECRET is missing while Messenger pages are connected: their webhooks are refused';
    expect((await examine(absent)).faults).toEqual([messenger]);
    const connect = `INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
      SELECT platform, '1', '${acme.id}', gen_random_uuid() FROM unnest(ARRAY['whatsapp', 'zalo', 'api']) platform`;
    await world.database.rows(connect);
    const { faults } = await examine(absent);
    await world.database.rows(`DELETE FROM channel_routes WHERE external_id = '1'`);
    expect(faults).toEqual([
      messenger,
      'setting WHATSAPP_APP_SECRET is missing while WhatsApp numbers are connected: their webhooks are refused',
      'setting ZALO_OA_SECRET_KEY is missing while Zalo accounts are connected: their webhooks are refused',
    ]);
  });

  it('finds walls that are switched off', async () => {
    const { faults } = await examine({ ENABLE_POSTGRESQL_RLS: 'false', REQUIRE_ORGANIZATION_CONTEXT: 'false' });
    expect(faults).toEqual([
      expect.stringMatching(/^setting ENABLE_POSTGRESQL_RLS is false/),
      expect.stringMatching(/^setting REQUIRE_ORGANIZATION_CONTEXT is false/),
    ]);
  });

  it('does not mind the well-known key in development', async () => {
    const hash = hashOf('dev_key_123');
    await world.database.rows('INSERT INTO api_key_routes VALUES ($1, $2, gen_random_uuid())', [hash, acme.id]);
    expect((await examine({ ENVIRONMENT: 'development' })).faults).toEqual([]);
    await world.database.rows('DELETE FROM api_key_routes WHERE key_hash = $1', [hash]);
  });

  it('changes nothing', async () => {
    const rows = () =>
      world.database.rows(`SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY 1`);
    const before = await rows();
    await examine();
    expect(await rows()).toEqual(before);
  });

  it('prints a line for each table and a sentence for each fault', async () => {
    const text = describeDiagnosis(await examine({ JWT_SECRET: 'secret' }));
    expect(text).toMatch(/│ messages +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│ ✓ +│/);
    expect(text).toMatch(/✓ role polydesk_app/);
    expect(text).toMatch(/One fault:\n {2}✗ setting JWT_SECRET must be/);
    expect(describeDiagnosis(await examine())).toMatch(/Nothing is wrong\.$/);
  });

  it('as a command ends with 0 where nothing is wrong', async () => {
    const { code, output } = await run(testEnvironment(world.database.url));
    expect(output).toContain('Nothing is wrong.');
    expect(code).toBe(0);
  });

  it('as a command tells machines what production would refuse, and ends with 1', async () => {
    const { code, output } = await run({ ENVIRONMENT: 'production', DATABASE_URL: world.database.url }, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output).faults).toEqual([
      expect.stringMatching(/^setting JWT_SECRET/),
      expect.stringMatching(/^setting ENCRYPTION_KEY/),
    ]);
  });

  it('as a command says that the database is away, to machines too', async () => {
    const away = new URL(world.database.url);
    away.port = '1';
    const { code, output } = await run(testEnvironment(away.href), '--json');
    expect({ code, said: JSON.parse(output) }).toEqual({
      code: 1,
      said: {
        ok: false,
        faults: [
          expect.stringMatching(/^database cannot be reached: postgres@127\.0\.0\.1:1\/\w+ says: connect ECONNREFUSED/),
        ],
        database: null,
      },
    });
    expect((await run(testEnvironment(away.href))).output).toContain('The database was not looked at.');
  });

  it('finds every migration pending on an empty database', async () => {
    const empty = await TestDatabase.create({ empty: true });
    const { faults } = await diagnose(Config.from(testEnvironment(empty.url)));
    await empty.drop();
    expect(faults.filter((fault) => fault.endsWith('is pending: polydesk migrate'))).toHaveLength(migrations().length);
  });
});

describe('polydesk doctor and the serving roles', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let owner: pg.Client;
  let config: Config;
  // On a Postgres of its own: roles belong to the whole server, and other suites rely on theirs.
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'polydesk-test-'));
    postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres'), password: 'throwaway' });
    config = Config.from(testEnvironment(postgres.url));
    await migrate(config, () => undefined);
    owner = new pg.Client({ connectionString: postgres.url });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it.each([
    ['ALTER ROLE polydesk_app SUPERUSER', 'ALTER ROLE polydesk_app NOSUPERUSER', 'is a superuser'],
    ['ALTER ROLE polydesk_app BYPASSRLS', 'ALTER ROLE polydesk_app NOBYPASSRLS', 'bypasses row-level security'],
    ['ALTER ROLE polydesk_app CREATEROLE', 'ALTER ROLE polydesk_app NOCREATEROLE', 'may make roles'],
    ['ALTER ROLE polydesk_app CREATEDB', 'ALTER ROLE polydesk_app NOCREATEDB', 'may make databases'],
    [
      'ALTER ROLE polydesk_app REPLICATION',
      'ALTER ROLE polydesk_app NOREPLICATION',
      'may read everything by replication',
    ],
    ['GRANT polydesk_system TO polydesk_app', 'REVOKE polydesk_system FROM polydesk_app', 'can become polydesk_system'],
    [
      'GRANT CREATE ON SCHEMA public TO polydesk_app',
      'REVOKE CREATE ON SCHEMA public FROM polydesk_app',
      'may create in',
    ],
    ['ALTER ROLE polydesk_app NOLOGIN', 'ALTER ROLE polydesk_app LOGIN', 'cannot sign in with its password'],
    // The last one: it takes the role's grants with it.
    ['ALTER TABLE messages OWNER TO polydesk_app', 'ALTER TABLE messages OWNER TO CURRENT_USER', 'owns table messages'],
  ])('finds what %s gives', async (breakIt, mend, sentence) => {
    expect((await diagnose(config)).faults).toEqual([]);
    await owner.query(breakIt);
    const { faults } = await diagnose(config);
    await owner.query(mend);
    expect(faults).toContainEqual(expect.stringContaining(`role polydesk_app ${sentence}`));
  });
});

function migrations(): string[] {
  const entries = readdirSync('prisma/migrations', { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function lastMigration(): string {
  return migrations().sort().at(-1) ?? '';
}
