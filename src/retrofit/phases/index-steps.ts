import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { ident, idents, objectName } from '../database/sql.js';
import type { Phase, Step } from './phase.js';

/** An index to be built while everybody reads and writes. */
export interface NewIndex {
  phase: Phase;
  table: Table;
  columns: string[];
  isUnique: boolean;
  /** The last part of its name: `idx`, `key`. */
  suffix: string;
  /**
   * Everything after the table's name in CREATE INDEX; by default `(columns)`. For expressions, methods, conditions.
   */
  definition?: string;
}

/**
 * Steps that build it CONCURRENTLY. On a partitioned table that is not possible: there every partition gets its own, which are
 * then attached (PostgreSQL manual, CREATE INDEX). Tables that inherit get their own too, since nothing is inherited.
 */
export function indexSteps(catalogue: Catalogue, index: NewIndex): Step[] {
  const { table } = index;
  const children = catalogue.tables.filter(({ parentOid }) => parentOid === table.oid);
  if (table.kind === 'ordinary')
    return [build(index), ...children.flatMap((child) => indexSteps(catalogue, { ...index, table: child }))];
  const parts = children.flatMap((child) => [
    ...indexSteps(catalogue, { ...index, table: child }),
    attach(index, child),
  ]);
  return [buildRoot(index), ...parts];
}

export function indexName({ table, columns, suffix }: Pick<NewIndex, 'table' | 'columns' | 'suffix'>): string {
  return objectName(table.localName, ...columns, suffix);
}

/** Quoted, with its schema. */
export function indexSql(index: Pick<NewIndex, 'table' | 'columns' | 'suffix'>): string {
  return `${ident(index.table.schema)}.${ident(indexName(index))}`;
}

function build(index: NewIndex): Step {
  return {
    ...named(index, `index ${indexName(index)}`),
    lock: 'SHARE UPDATE EXCLUSIVE',
    does: [
      `CREATE ${unique(index)}INDEX CONCURRENTLY IF NOT EXISTS ${ident(indexName(index))} ON ${index.table.sql} ${definition(index)}`,
    ],
    undoes: [`DROP INDEX IF EXISTS ${indexSql(index)}`],
    how: 'online',
    builds: indexSql(index),
  };
}

/** Holds nothing, and is valid once every partition's is attached. */
function buildRoot(index: NewIndex): Step {
  return {
    ...named(index, `index ${indexName(index)}`),
    lock: 'SHARE UPDATE EXCLUSIVE',
    does: [
      `CREATE ${unique(index)}INDEX IF NOT EXISTS ${ident(indexName(index))} ON ONLY ${index.table.sql} ${definition(index)}`,
    ],
    undoes: [`DROP INDEX IF EXISTS ${indexSql(index)}`],
    how: 'transaction',
  };
}

function attach(index: NewIndex, partition: Table): Step {
  return {
    ...named(index, `attach index of ${partition.name} to ${indexName(index)}`),
    lock: 'SHARE UPDATE EXCLUSIVE',
    does: [`ALTER INDEX ${indexSql(index)} ATTACH PARTITION ${indexSql({ ...index, table: partition })}`],
    // An attached one goes with the whole.
    undoes: [`DROP INDEX IF EXISTS ${indexSql(index)}`],
    how: 'transaction',
  };
}

function named({ phase, table }: NewIndex, what: string) {
  return { phase, table: table.name, name: `${table.name}: ${what}` } as const;
}

const unique = ({ isUnique }: NewIndex): string => (isUnique ? 'UNIQUE ' : '');
const definition = (index: NewIndex): string => index.definition ?? `(${idents(index.columns)})`;
