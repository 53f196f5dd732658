import { ident } from '../database/sql.js';
import { partsOfName } from './table-name.js';
import type { Catalogue, ForeignKey, Index, Table } from './catalogue.js';

/** The table of a name as plan files have it; undefined where there is none. */
export function findTable({ tables }: Catalogue, name: string): Table | undefined {
  return tables.find((table) => table.name === name);
}

/** Quoted, with its schema, also where there is none yet. */
export function tableSqlOf(catalogue: Catalogue, name: string): string {
  const parts = partsOfName(name) ?? { schema: 'public', localName: name };
  return findTable(catalogue, name)?.sql ?? `${ident(parts.schema)}.${ident(parts.localName)}`;
}

/** @throws Error where there is none: the plan was checked before */
export function tableNamed(catalogue: Catalogue, name: string): Table {
  const table = findTable(catalogue, name);
  if (!table) throw new Error(`No table ${name}`);
  return table;
}

export function tableOf({ tables }: Catalogue, oid: number): Table | undefined {
  return tables.find((table) => table.oid === oid);
}

/** Tables that are neither partitions nor inherit from another one: what a plan speaks of. */
export function rootTables({ tables, mergedSchemas }: Catalogue): Table[] {
  return tables.filter(({ parentOid, schema }) => parentOid === null && !mergedSchemas.includes(schema));
}

/** Partitions, and tables that inherit, at any depth; without the table itself. */
export function descendantsOf(catalogue: Catalogue, { oid }: Table): Table[] {
  const children = catalogue.tables.filter(({ parentOid }) => parentOid === oid);
  return children.flatMap((child) => [child, ...descendantsOf(catalogue, child)]);
}

/** The tables in which the rows of a table are: a partitioned one holds none itself. */
export function holdersOf(catalogue: Catalogue, table: Table): Table[] {
  return [table, ...descendantsOf(catalogue, table)].filter(({ kind }) => kind === 'ordinary');
}

export function hasColumn({ columns }: Table, column: string): boolean {
  return columns.some(({ name }) => name === column);
}

/** Whether at most one row has given values in these columns. */
export function isUniqueOn({ indexes }: Table, columns: readonly string[]): boolean {
  return indexes.some(
    (index) =>
      index.isUnique &&
      index.isValid &&
      !index.isPartial &&
      index.columns.every((column) => column !== null && columns.includes(column)),
  );
}

/** Whether rows with given values in these columns are found without reading the whole table. */
export function isFoundBy({ indexes }: Table, columns: readonly string[]): boolean {
  return indexes.some(
    (index) => index.isValid && !index.isPartial && index.method === 'btree' && beginsWith(index, columns),
  );
}

function beginsWith(index: Index, columns: readonly string[]): boolean {
  const head = index.columns.slice(0, columns.length);
  return head.length === columns.length && head.every((column) => column !== null && columns.includes(column));
}

/** Foreign keys to another table, those with the fewest columns first. */
export function foreignKeysTo({ foreignKeys }: Table, parent: Table): ForeignKey[] {
  return foreignKeys
    .filter(({ references }) => references === parent.oid)
    .toSorted((one, other) => one.columns.length - other.columns.length);
}
