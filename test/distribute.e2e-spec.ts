import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { Distribution, DistributionError } from '../src/platform/database/distribution.js';
import { foreignKeys, tenantTables } from './support/catalogue.js';
import { runCli } from './support/cli-process.js';
import { TestDatabase } from './support/test-database.js';
import { testEnvironment } from './support/world.js';

const DIRECTORIES = ['api_key_routes', 'channel_routes'];

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
