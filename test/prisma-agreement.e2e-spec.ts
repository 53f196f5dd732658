import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaEngine } from './support/prisma-engine.js';
import { BASELINE, fillBaseline, migrateUpTo, migrations } from './support/single-organization.js';
import { TestDatabase } from './support/test-database.js';

const UP_TO_DATE = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null };

describe('Prisma and polydesk migrate', () => {
  let database: TestDatabase;
  let prisma: PrismaEngine;
  let all: string[];
  beforeEach(async () => {
    database = await TestDatabase.create({ empty: true });
    prisma = await PrismaEngine.on(database);
    all = (await migrations(database).status()).pending;
  });
  afterEach(async () => {
    await prisma.close();
    await database.drop();
  });

  it('agree that schema.prisma is what the migrations make', async () => {
    await migrations(database).apply();
    expect(await prisma.drift()).toBe('-- This is an empty migration.');
  });

  it('would see it if schema.prisma and the migrations parted', async () => {
    await migrations(database).apply();
    await database.rows('ALTER TABLE customers DROP COLUMN note; DROP INDEX users_email_idx');
    const drift = await prisma.drift();
    expect(drift).toContain('ALTER TABLE "customers" ADD COLUMN     "note" TEXT');
    expect(drift).toContain('CREATE INDEX "users_email_idx" ON "users"("email")');
  });

  it('agree on a database that polydesk has migrated: Prisma has nothing to do', async () => {
    await migrations(database).apply();
    expect(await prisma.status()).toEqual(UP_TO_DATE);
    expect(await prisma.deploy()).toEqual([]);
  });

  it('agree on a database that Prisma has deployed: polydesk has nothing to do', async () => {
    expect(await prisma.deploy()).toEqual(all);
    expect(await migrations(database).status()).toEqual({ applied: all, pending: [], changed: [] });
    expect(await migrations(database).apply()).toEqual([]);
    expect(await prisma.drift()).toBe('-- This is an empty migration.');
  });

  it('make the same database', async () => {
    await migrations(database).apply();
    const ours = await catalogue(database);
    const other = await TestDatabase.create({ empty: true });
    const onOther = await PrismaEngine.on(other);
    await onOther.deploy();
    expect(await catalogue(other)).toEqual(ours);
    await onOther.close();
    await other.drop();
  });

  it('go on where the other stopped', async () => {
    await migrateUpTo(database, BASELINE);
    await fillBaseline(database);
    expect((await prisma.status()).history).toEqual({
      diagnostic: 'databaseIsBehind',
      unappliedMigrationNames: all.slice(1),
    });
    expect(await prisma.deploy()).toEqual(all.slice(1));
    expect((await migrations(database).status()).pending).toEqual([]);
  });

  it('agree on an attempt of Prisma that failed: polydesk finishes it, and Prisma is content', async () => {
    await migrateUpTo(database, BASELINE);
    await fillBaseline(database);
    await database.rows(`UPDATE integrations SET platform = 'instagram' WHERE oa_id = '300'`);
    await expect(prisma.deploy()).rejects.toThrow('20251227000500_organization_keys');
    expect((await prisma.status()).failedMigrationNames).toEqual(['20251227000500_organization_keys']);
    await database.rows(`UPDATE integrations SET platform = 'api' WHERE oa_id = '300'`);
    await migrations(database).apply();
    expect(await prisma.status()).toEqual(UP_TO_DATE);
  });

  it('agree on an attempt of polydesk that failed', async () => {
    await migrateUpTo(database, BASELINE);
    await database.rows(`INSERT INTO integrations (id, platform, oa_id) VALUES (gen_random_uuid(), 'instagram', '9')`);
    await expect(migrations(database).apply()).rejects.toThrow('20251227000500_organization_keys');
    expect((await prisma.status()).failedMigrationNames).toEqual([]);
    await database.rows('DELETE FROM integrations');
    expect(await prisma.deploy()).toEqual(all.filter((name) => name >= '20251227000500_organization_keys'));
  });

  it('both see a file that was edited after it was applied', async () => {
    await migrations(database).apply();
    await database.rows(`UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name = $1`, [BASELINE]);
    expect((await prisma.status()).editedMigrationNames).toEqual([BASELINE]);
    expect((await migrations(database).status()).changed).toEqual([BASELINE]);
  });
});

/** Columns, indexes, constraints and policies, as Postgres prints them. */
async function catalogue(database: TestDatabase): Promise<object[]> {
  return database.rows(
    `SELECT 'column' AS kind, attrelid::regclass || '.' || attname AS name,
            format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') AS is
     FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     JOIN pg_class c ON c.oid = attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnum > 0 AND NOT attisdropped
     UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) || ' ' || convalidated
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     UNION ALL SELECT 'policy', tablename || '.' || policyname, roles::text || qual || with_check FROM pg_policies
     ORDER BY 1, 2`,
  );
}
