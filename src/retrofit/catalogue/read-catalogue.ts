import { ident, SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Catalogue, Column, DefinerFunction, ForeignKey, Index, Role, Table, Trigger, View } from './catalogue.js';
import { COLUMNS, FOREIGN_KEYS, INDEXES, TABLES, TRIGGERS } from './catalogue-queries.js';
import { grouped } from './grouped.js';
import { rollUpPartitions } from './partitions.js';
import { DEFINER_FUNCTIONS, ROLE, SERVER, VIEWS } from './surroundings-queries.js';
import { tableName } from './table-name.js';

const OLDEST = 14;

/** As queries give it: what belongs to a table names it, and lies apart. */
type Of<T> = T & { tableOid: number };
type TableRow = Omit<Table, 'name' | 'sql' | 'kind' | 'columns' | 'foreignKeys' | 'indexes' | 'triggers'> & {
  kind: Table['kind'] | 'foreign';
};
type IndexRow = Of<Omit<Index, 'sql'>> & { schema: string };
type ViewRow = Omit<View, 'name' | 'sql'> & { localName: string };

/**
 * Reads what a database is made of, in a snapshot of its own and a fixed number of queries.
 * @throws RetrofitError where the server is older than PostgreSQL 14
 */
export async function readCatalogue(session: Session): Promise<Catalogue> {
  return session.transaction(() => readCatalogueHere(session), 'ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

/** The same inside of a transaction that is open. */
export async function readCatalogueHere(session: Session): Promise<Catalogue> {
  const server = await session.row<{ serverVersion: number; database: string }>(SERVER);
  if (server.serverVersion < OLDEST * 10_000) throw tooOld(server.serverVersion);
  const rows = await session.rows<TableRow>(TABLES);
  const foreign = rows.filter(({ kind }) => kind === 'foreign');
  const tables = rollUpPartitions(await tablesOf(session, rows));
  return {
    ...server,
    role: await readRole(session),
    mergedSchemas: await mergedSchemas(session),
    tables,
    foreignTables: foreign.map((row) => ({ name: nameOf(row), parentOid: row.parentOid })),
    views: (await session.rows<ViewRow>(VIEWS)).map(viewOf),
    definerFunctions: await session.rows<DefinerFunction>(DEFINER_FUNCTIONS),
  };
}

async function tablesOf(session: Session, rows: TableRow[]): Promise<Table[]> {
  const oids = new Set(rows.filter(({ kind }) => kind !== 'foreign').map(({ oid }) => oid));
  const parts = async <T>(sql: string) =>
    grouped(await session.rows<Of<T>>(sql, [[...oids]]), ({ tableOid }) => tableOid);
  const columns = await parts<Column>(COLUMNS);
  const foreignKeys = await parts<ForeignKey>(FOREIGN_KEYS);
  const indexes = await parts<IndexRow>(INDEXES);
  const triggers = await parts<Trigger>(TRIGGERS);
  const tables = rows.flatMap(({ kind, ...row }): Table[] => {
    if (kind === 'foreign') return [];
    return [
      {
        ...row,
        kind,
        name: nameOf(row),
        sql: sqlOf(row.schema, row.localName),
        parentOid: row.parentOid !== null && oids.has(row.parentOid) ? row.parentOid : null,
        columns: columns.get(row.oid) ?? [],
        foreignKeys: foreignKeys.get(row.oid) ?? [],
        indexes: (indexes.get(row.oid) ?? []).map(indexOf),
        triggers: triggers.get(row.oid) ?? [],
      },
    ];
  });
  return tables.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

async function readRole(session: Session): Promise<Role> {
  const role = await session.row<Omit<Role, 'maySilenceTriggers'>>(ROLE);
  return { ...role, maySilenceTriggers: await maySilenceTriggers(session) };
}

async function mergedSchemas(session: Session): Promise<string[]> {
  const { isThere } = await session.row<{ isThere: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE (n.nspname, c.relname) = ('${SCHEMA}', 'merged_tenants') AND has_schema_privilege(n.oid, 'USAGE')) AS "isThere"`,
  );
  if (!isThere) return [];
  return (await session.rows<{ name: string }>(`SELECT schema_name AS name FROM ${SCHEMA}.merged_tenants`)).map(
    ({ name }) => name,
  );
}

/** Asked by trying: hosted servers give their administrators the right in ways of their own. */
async function maySilenceTriggers(session: Session): Promise<boolean> {
  await session.run('SAVEPOINT before_trying');
  const may = await session.run('SET LOCAL session_replication_role = replica').then(
    () => true,
    () => false,
  );
  await session.run('ROLLBACK TO SAVEPOINT before_trying; RELEASE SAVEPOINT before_trying');
  return may;
}

const nameOf = ({ schema, localName }: { schema: string; localName: string }): string => tableName(schema, localName);
const sqlOf = (schema: string, name: string): string => `${ident(schema)}.${ident(name)}`;

function indexOf({ schema, ...index }: IndexRow): Index {
  return { ...index, sql: sqlOf(schema, index.name) };
}

function viewOf({ localName, ...view }: ViewRow): View {
  return { ...view, name: tableName(view.schema, localName), sql: sqlOf(view.schema, localName) };
}

function tooOld(version: number): RetrofitError {
  return new RetrofitError(
    `The server is PostgreSQL ${Math.floor(version / 10_000)}. Retrofit needs ${OLDEST} or newer`,
  );
}
