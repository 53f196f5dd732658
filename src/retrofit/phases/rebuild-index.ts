import type { Catalogue, Index, Table } from '../catalogue/catalogue.js';
import { ident } from '../database/sql.js';
import type { Remarks } from './remarks.js';

/**
 * Statements that make a unique key anew, exactly as it was, beside live traffic; partition by partition where the table has
 * them. They can be repeated: what is there goes first.
 */
export function rebuildIndex(catalogue: Catalogue, remarks: Remarks, table: Table, index: Index): string[] {
  const parts = table.kind === 'ordinary' ? [] : partsOf(catalogue, index);
  const details = remarks.ofIndex(table, index);
  if (table.kind === 'ordinary')
    return [...dropIndex(table, index), concurrently(index.definition), ...takenOver(table, index), ...details];
  return [
    ...dropIndex(table, index),
    ...parts.flatMap((part) => rebuildIndex(catalogue, remarks, part.table, part.index)),
    wholeSql(table, index),
    ...parts.map((part) => `ALTER INDEX ${index.sql} ATTACH PARTITION ${part.index.sql}`),
    ...details,
  ];
}

/** A partitioned table's is quick to drop, and cannot be dropped CONCURRENTLY. */
export function dropIndex(table: Table, index: Index): string[] {
  const { constraint } = index;
  const withConstraint = constraint
    ? [`ALTER TABLE ${table.sql} DROP CONSTRAINT IF EXISTS ${ident(constraint.name)}`]
    : [];
  return [...withConstraint, `DROP INDEX ${table.kind === 'ordinary' ? 'CONCURRENTLY ' : ''}IF EXISTS ${index.sql}`];
}

/** Of a partitioned table: holds nothing, and is valid once every part is attached. */
function wholeSql({ sql }: Table, { name, constraint, definition }: Index): string {
  return constraint ? `ALTER TABLE ONLY ${sql} ADD CONSTRAINT ${ident(name)} ${constraint.definition}` : definition;
}

function concurrently(definition: string): string {
  return definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ');
}

function takenOver(table: Table, { constraint, name }: Index): string[] {
  if (!constraint) return [];
  const deferred = / DEFERRABLE.*$/.exec(constraint.definition)?.[0] ?? '';
  return [`ALTER TABLE ${table.sql} ADD CONSTRAINT ${ident(name)} UNIQUE USING INDEX ${ident(name)}${deferred}`];
}

function partsOf({ tables }: Catalogue, { oid }: Index): { table: Table; index: Index }[] {
  return tables.flatMap((table) =>
    table.indexes.filter(({ parentOid }) => parentOid === oid).map((index) => ({ table, index })),
  );
}
