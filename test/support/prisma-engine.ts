import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlResultSet } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import type { DiagnoseMigrationHistoryOutput, MigrationList, SchemasContainer } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import type { TestDatabase } from './test-database.js';

const MIGRATIONS = resolve('prisma/migrations');
/** `prisma migrate` ends with its process, and the advisory lock of its session with it. */
const SESSION_MS = 10;
/** PostgreSQL's `"char"`, in which its catalogue has its kinds, and `uuid`, which it has not. */
const CHAR = 18;
const UUID = 2950;
const NO_FILTERS = { externalTables: [], externalEnums: [] };

/**
 * What `prisma migrate` asks of a database, answered by Prisma's own schema engine: the build in WebAssembly, since the native
 * one is downloaded when it is first used.
 */
export class PrismaEngine {
  private constructor(
    private readonly engine: SchemaEngine,
    private readonly pool: pg.Pool,
  ) {}

  static async on(database: TestDatabase): Promise<PrismaEngine> {
    const pool = new pg.Pool({ connectionString: database.url, max: 2, idleTimeoutMillis: SESSION_MS });
    const adapter = bindMigrationAwareSqlAdapterFactory(forCatalogues(pool));
    return new PrismaEngine(await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter), pool);
  }

  /** `prisma migrate deploy`: the names of what it applied. */
  async deploy(): Promise<string[]> {
    const { appliedMigrationNames } = await this.engine.applyMigrations({
      migrationsList: await migrationsList(),
      filters: NO_FILTERS,
    });
    return appliedMigrationNames;
  }

  /** `prisma migrate status`: `history` is null where the database is up to date. */
  async status(): Promise<DiagnoseMigrationHistoryOutput> {
    return this.engine.diagnoseMigrationHistory({
      migrationsList: await migrationsList(),
      optInToShadowDatabase: false,
      filters: NO_FILTERS,
    });
  }

  /** `prisma migrate diff`: the script that would make the database what schema.prisma says. */
  async drift(): Promise<string> {
    const schema = await schemas();
    const { stdout } = await this.engine.diff({
      from: { tag: 'schemaDatasource', ...schema, configDir: resolve('.') },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    return (stdout ?? '').trim();
  }

  async close(): Promise<void> {
    this.engine.free();
    await this.pool.end();
  }
}

/**
 * The adapter is made for an application's queries: it splits a script at every semicolon, also inside a function's body, and
 * refuses `"char"`, which therefore comes to it as a uuid and leaves it as a character. The native engine needs none of this.
 */
function forCatalogues(pool: pg.Pool): PrismaPg {
  pool.on('connect', ({ connection }) => connection.prependListener('rowDescription', charAsUuid));
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => uuidAsCharacter(await queryRaw(query));
    adapter.executeScript = async (script) => void (await pool.query(script));
    return adapter;
  };
  return factory;
}

function charAsUuid({ fields }: { fields: { dataTypeID: number }[] }): void {
  for (const field of fields) if (field.dataTypeID === CHAR) field.dataTypeID = UUID;
}

function uuidAsCharacter({ columnTypes, ...result }: SqlResultSet): SqlResultSet {
  const { Uuid, Character } = ColumnTypeEnum;
  return { ...result, columnTypes: columnTypes.map((type) => (type === Uuid ? Character : type)) };
}

async function migrationsList(): Promise<MigrationList> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const read = async (path: string) => {
    const value = await readFile(join(MIGRATIONS, path, 'migration.sql'), 'utf8');
    return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
  };
  const content = await readFile(join(MIGRATIONS, 'migration_lock.toml'), 'utf8');
  return {
    baseDir: MIGRATIONS,
    lockfile: { path: 'migration_lock.toml', content },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.sort().map(read)),
  };
}

async function schemas(): Promise<SchemasContainer> {
  const path = resolve('prisma/schema.prisma');
  return { files: [{ path, content: await readFile(path, 'utf8') }] };
}
