import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { diagnose } from '../src/cli/diagnosis.js';
import { Config } from '../src/platform/config/config.js';
import { Distribution, DistributionError } from '../src/platform/database/distribution.js';
import { EmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { readMigrations } from '../src/platform/database/migration-history.js';
import { QUEUE_SCHEMA, SHARED_TABLES } from '../src/platform/database/shared-tables.js';
import { migrate } from '../src/server.js';
import { foreignKeys, tenantTables } from './support/catalogue.js';
import { runCli } from './support/cli-process.js';
import { TestDatabase } from './support/test-database.js';
import { testEnvironment } from './support/world.js';

const DIRECTORIES = ['api_key_routes', 'channel_routes', 'organization_names'];

const BOUND = `coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)`;
/** A tenant table, as a later migration would make it. */
const NOTES = `
  CREATE TABLE notes (org_id text NOT NULL, id uuid NOT NULL, text text NOT NULL, CONSTRAINT notes_pkey PRIMARY KEY (org_id, id));
  SELECT app.distribute_tenant_table('notes');
  ALTER TABLE notes ADD CONSTRAINT notes_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT;
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY organization ON notes TO polydesk_app USING (${BOUND}) WITH CHECK (${BOUND});
  CREATE POLICY platform ON notes TO polydesk_system USING (true) WITH CHECK (true);
  GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO polydesk_app, polydesk_system;`;
/** What of Citus the hooks look at and call, keeping what it was called with. */
const CITUS = `
  CREATE TABLE pg_dist_partition (logicalrelid regclass, partmethod "char");
  CREATE TABLE calls (call text);
  CREATE FUNCTION create_distributed_table(made regclass, by text, colocate_with text) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO calls VALUES (format('%s by %s beside %s', made, by, colocate_with)) $$;
  CREATE FUNCTION create_reference_table(made regclass) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO calls VALUES (format('%s everywhere', made)) $$;`;

describe('polydesk distribute', () => {
  let database: TestDatabase;
  let client: pg.PoolClient;
  let steps: string[];
  beforeAll(async () => {
    database = await TestDatabase.create();
    client = await database.owner.connect();
    steps = (await new Distribution(client).steps()).map(({ sql }) => sql);
  });
  afterAll(async () => {
    client.release();
    await database.drop();
  });

  const placeOf = (part: string) => steps.findIndex((sql) => sql.includes(part));
  const tablesOf = (pattern: RegExp) => steps.flatMap((sql) => pattern.exec(sql)?.[1] ?? []);

  it('spreads every table that has an organization, beside organizations, and copies the directories everywhere', async () => {
    const tenants = (await tenantTables(database)).filter((table) => !DIRECTORIES.includes(table));
    expect(tenants.length).toBeGreaterThan(8);
    expect(tablesOf(/concurrently\('(\w+)', 'org_id', colocate_with => 'organizations'\)/).sort()).toEqual(tenants);
    expect(tablesOf(/concurrently\('(\w+)', 'id', colocate_with => 'none'\)/)).toEqual(['organizations']);
    expect(tablesOf(/create_reference_table\('(\w+)'\)/).sort()).toEqual(DIRECTORIES);
  });

  it("leaves what is no organization's on the coordinator: shared tables, and the job queue", () => {
    const named = (name: string) => new RegExp(`\\b${name}\\b`);
    for (const name of [...SHARED_TABLES.keys(), QUEUE_SCHEMA])
      expect(steps.filter((sql) => named(name).test(sql))).toEqual([]);
  });

  it('does so parents first, when no reference is left, and makes the references again afterwards', async () => {
    const references = await foreignKeys(database);
    expect(references.length).toBeGreaterThan(5);
    for (const { table, name } of references) {
      const order = [
        placeOf(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`),
        placeOf(`concurrently('organizations'`),
        placeOf(`concurrently('${table}'`),
        placeOf(`ALTER TABLE ${table} ADD CONSTRAINT ${name} FOREIGN KEY (org_id, `),
        placeOf(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`),
      ];
      expect(order).not.toContain(-1);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    const lastDrop = steps.findLastIndex((sql) => sql.includes('DROP CONSTRAINT'));
    const lastTable = steps.findLastIndex((sql) => sql.includes('concurrently('));
    expect(lastDrop).toBeLessThan(placeOf('concurrently('));
    expect(lastTable).toBeLessThan(placeOf('ADD CONSTRAINT'));
  });

  it('leaves a plain database with the references that it had, as far as those statements go', async () => {
    const before = await definitions();
    await client.query('BEGIN');
    for (const sql of steps.filter((text) => text.startsWith('ALTER TABLE'))) await client.query(sql);
    const after = await definitions();
    await client.query('ROLLBACK');
    expect(after).toEqual(before);
  });

  it('lets settings travel to the machines', () => {
    expect(steps.slice(0, 2)).toEqual([
      `ALTER ROLE polydesk_app SET citus.propagate_set_commands = 'local'`,
      `ALTER ROLE polydesk_system SET citus.propagate_set_commands = 'local'`,
    ]);
  });

  it('is printed statement by statement, and changes nothing', async () => {
    const { code, output } = await runCli(['distribute'], testEnvironment(database.url));
    expect({ code, lines: output.trim().split('\n') }).toEqual({ code: 0, lines: steps.map((sql) => `${sql};`) });
    expect((await new Distribution(client).steps()).map(({ sql }) => sql)).toEqual(steps);
  });

  it('says in one sentence where there is no Citus', async () => {
    const { code, output } = await runCli(['distribute', '--apply'], testEnvironment(database.url));
    expect({ code, output: output.trim() }).toEqual({
      code: 1,
      output: 'This Postgres has no Citus: run CREATE EXTENSION citus on a server that has it, first',
    });
  });

  it('gives one organization a shard of its own, if it exists', async () => {
    const distribution = new Distribution(client);
    expect((await distribution.isolation('org_default_001')).sql).toBe(
      `SELECT isolate_tenant_to_new_shard('organizations', 'org_default_001'::text, 'CASCADE', shard_transfer_mode => 'auto')`,
    );
    await expect(distribution.isolation(`org_'`)).rejects.toThrow(DistributionError);
  });

  async function definitions(): Promise<object[]> {
    const { rows } = await client.query<object>(
      `SELECT conname, conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS definition, convalidated
       FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname`,
    );
    return rows;
  }
});

/** A Citus that only notes what it is told. It fails at one table, as where a machine goes away in the middle. */
const CLUSTER = `
  CREATE TABLE pg_dist_partition (logicalrelid regclass, partmethod "char");
  CREATE TABLE pg_dist_node (groupid int, isactive boolean);
  CREATE TABLE calls (place serial, call text);
  CREATE TABLE failing (at text);
  CREATE FUNCTION create_distributed_table_concurrently(made text, by text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM failing WHERE at = made) THEN RAISE 'connection to a worker was lost'; END IF;
      INSERT INTO pg_dist_partition VALUES (made::regclass, 'h');
      INSERT INTO calls (call) VALUES (format('%s by %s', made, by));
    END $$;
  CREATE FUNCTION create_reference_table(made regclass) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO calls (call) VALUES (format('%s everywhere', made)) $$;
  CREATE FUNCTION isolate_tenant_to_new_shard(beside text, org_id text, cascade_option text, shard_transfer_mode text)
    RETURNS bigint LANGUAGE sql AS
    $$ INSERT INTO calls (call) VALUES (format('%s of %s', org_id, beside)) RETURNING 1::bigint $$;
  CREATE EXTENSION pg_stat_statements;
  SET allow_system_table_mods = on;
  UPDATE pg_extension SET extname = 'citus' WHERE extname = 'pg_stat_statements';
  RESET allow_system_table_mods;`;

describe('polydesk distribute --apply', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let owner: pg.Client;
  // On a Postgres of its own: its log of changes is another, and it takes something else for Citus.
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'polydesk-test-'));
    const settings = { wal_level: 'logical' };
    postgres = await EmbeddedPostgres.start({
      directory: join(directory, 'postgres'),
      password: 'throwaway',
      settings,
    });
    await migrate(Config.from(testEnvironment(postgres.url)), () => undefined);
    owner = new pg.Client({ connectionString: postgres.url });
    await owner.connect();
    await owner.query(CLUSTER);
  });
  afterAll(async () => {
    await owner.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const distribute = async (...options: string[]) => {
    const { code, output } = await runCli(['distribute', ...options], testEnvironment(postgres.url));
    return { code, lines: output.trim().split('\n') };
  };
  const calls = async () => {
    const { rows } = await owner.query<{ call: string }>('SELECT call FROM calls ORDER BY place');
    return rows.map(({ call }) => call);
  };
  const references = async () => {
    const { rows } = await owner.query<{ definition: string }>(
      `SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) AS definition FROM pg_constraint
       WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1`,
    );
    return rows.map(({ definition }) => definition);
  };

  it('says what a cluster lacks, and begins nothing', async () => {
    const sentence = async () => (await distribute('--apply')).lines;
    expect(await sentence()).toEqual([
      'The coordinator does not know its own address: call citus_set_coordinator_host() first',
    ]);
    await owner.query('INSERT INTO pg_dist_node VALUES (0, true), (1, false)');
    expect(await sentence()).toEqual(['The cluster has no workers: add them with citus_add_node() first']);
    await owner.query('UPDATE pg_dist_node SET isactive = true');
    expect(await distribute('--isolate', 'org_default_001', '--apply')).toEqual({
      code: 1,
      lines: ['The tables are not distributed yet: run polydesk distribute --apply first'],
    });
    expect(await calls()).toEqual([]);
  });

  it('goes on where it was interrupted, and leaves the references that were there, checked', async () => {
    const [before, { lines: planned }] = [await references(), await distribute()];
    await owner.query(`INSERT INTO failing VALUES ('messages')`);
    const first = await distribute('--apply');
    expect(first.code).toBe(1);
    expect(first.lines.join()).toContain('connection to a worker was lost');
    const made = await calls();
    expect(made.slice(0, DIRECTORIES.length).toSorted()).toEqual(DIRECTORIES.map((table) => `${table} everywhere`));
    expect(made.at(DIRECTORIES.length)).toBe('organizations by id');
    expect(made).not.toContain('messages by org_id');
    expect(await references()).toEqual([]);

    const { lines: left } = await distribute();
    expect(left).toEqual(planned.slice(-left.length));
    expect(left[0]).toContain(`concurrently('messages'`);
    await owner.query('DELETE FROM failing');
    const { code, lines } = await distribute('--apply');
    expect({ code, lines }).toEqual({ code: 0, lines: [...left, `-- Done: ${left.length} statements`] });
    const all = await calls();
    expect(all.slice(0, made.length)).toEqual(made);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain('messages by org_id');
    expect(await references()).toEqual(before);
    expect(await distribute()).toEqual({ code: 0, lines: ['-- Nothing is left to do: the tables are distributed'] });
  });

  it('isolates one organization, and none that does not exist', async () => {
    const { code, lines } = await distribute('--isolate', 'org_default_001', '--apply');
    expect({ code, lines, last: (await calls()).at(-1) }).toEqual({
      code: 0,
      lines: ['org_default_001 has a shard of its own'],
      last: 'org_default_001 of organizations',
    });
    expect(await distribute('--isolate', `org_'`, '--apply')).toEqual({
      code: 1,
      lines: [`There is no organization with the id org_'`],
    });
  });
});

describe('The hooks of migrations that make tables', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.create();
  });
  afterAll(() => database.drop());

  it('stand in every migration that makes a table since there are hooks', async () => {
    const later = (await readMigrations('prisma/migrations')).filter(({ name }) => name > '20251227001200');
    const made = later.flatMap(({ script }) =>
      [...script.matchAll(/^CREATE TABLE (\w+)[^;]+;\s+(\S+ \S+)/gm)].map(([, table = '', next]) => ({ table, next })),
    );
    expect(made.map(({ table }) => table)).toContain('organization_names');
    const without = made.filter(
      ({ table, next }) => !SHARED_TABLES.has(table) && !next?.startsWith('SELECT app.distribute_'),
    );
    expect(without).toEqual([]);
  });

  it('do nothing on one machine: a tenant table made with them is as the doctor wants it', async () => {
    await database.owner.query(NOTES);
    const config = Config.from(testEnvironment(database.url));
    await migrate(config, () => undefined); // Gives the serving roles the passwords that the doctor signs in with.
    const { faults, database: found } = await diagnose(config);
    expect(faults).toEqual([]);
    expect(found?.tables.map(({ table }) => table)).toContain('notes');
  });

  it.each(['distribute_tenant_table(regclass)', 'distribute_directory(regclass)', 'is_distributed()'])(
    'are not for the serving roles: %s',
    async (signature) => {
      const may = `SELECT rolname FROM pg_roles WHERE rolname LIKE 'polydesk%' AND has_function_privilege(oid, $1, 'EXECUTE')`;
      expect(await database.rows(may, [`app.${signature}`])).toEqual([]);
    },
  );

  it('wait for the distribution of the organizations, which Citus may know before it has spread them', async () => {
    await database.owner.query(CITUS);
    await database.owner.query(`INSERT INTO pg_dist_partition VALUES ('organizations', 'n')`);
    expect(await distributed()).toEqual({ calls: [], isToDo: true });
  });

  it('put a table beside the organizations that are spread already, and a directory on every machine', async () => {
    await database.owner.query(`UPDATE pg_dist_partition SET partmethod = 'h'`);
    expect(await distributed()).toEqual({
      calls: ['notes by org_id beside organizations', 'channel_routes everywhere'],
      isToDo: false,
    });
  });

  async function distributed(): Promise<{ calls: string[]; isToDo: boolean }> {
    await database.owner.query(
      `SELECT app.distribute_tenant_table('notes'); SELECT app.distribute_directory('channel_routes')`,
    );
    const calls = await database.rows<{ call: string }>('SELECT call FROM calls');
    const client = await database.owner.connect();
    const steps = await new Distribution(client).steps().finally(() => client.release());
    return { calls: calls.map(({ call }) => call), isToDo: steps.length > 0 };
  }
});
