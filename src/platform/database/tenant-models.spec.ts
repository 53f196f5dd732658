import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tenantTables } from '../../../test/support/catalogue.js';
import { TestDatabase } from '../../../test/support/test-database.js';
import { TENANT_MODELS, TENANT_TABLES } from './tenant-models.js';

interface Model {
  name: string;
  table: string;
  isTenant: boolean;
}

/** The models of a Prisma schema. */
function modelsOf(schema: string): Model[] {
  return [...schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name = '', body = '']) => ({
    name,
    table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name,
    isTenant: /@map\("org_id"\)/.test(body),
  }));
}

const SCHEMA = modelsOf(readFileSync('prisma/schema.prisma', 'utf8'));
const tenants = SCHEMA.filter(({ isTenant }) => isTenant);

describe('The list of tenant models', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.create();
  });
  afterAll(() => database.drop());

  it('has every model of the schema with an organization, and nothing else', () => {
    expect(SCHEMA.length).toBeGreaterThan(tenants.length);
    expect([...TENANT_MODELS].sort()).toEqual(tenants.map(({ name }) => name).sort());
  });

  it('has every table of the database with an organization, and nothing else', async () => {
    expect([...TENANT_TABLES].sort()).toEqual(await tenantTables(database));
    expect(tenants.map(({ table }) => table).sort()).toEqual(await tenantTables(database));
  });

  it('comes children before parents, so that an organization can be erased in its order', async () => {
    const references = await database.rows<{ child: string; parent: string }>(
      `SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
       WHERE contype = 'f' AND confrelid::regclass::text = ANY ($1) AND conrelid <> confrelid`,
      [TENANT_TABLES],
    );
    const place = (table: string) => [...TENANT_TABLES].findIndex((name) => name === table);
    expect(references.length).toBeGreaterThan(4);
    expect(references.filter(({ child, parent }) => place(child) > place(parent))).toEqual([]);
  });

  it('would miss a table that is new', async () => {
    await database.rows('CREATE TABLE notes (org_id text, id uuid, PRIMARY KEY (org_id, id))');
    expect(await tenantTables(database)).not.toEqual([...TENANT_TABLES].sort());
  });
});
