import type { ForeignKey, Table } from './catalogue.js';
import { grouped } from './grouped.js';

/**
 * Gives partitioned tables what only their partitions have: foreign keys that each of them has, and sizes.
 * PostgreSQL allows foreign keys on single partitions, and knows nothing of them on the whole.
 */
export function rollUpPartitions(tables: Table[]): Table[] {
  const partitions = grouped(tables, ({ parentOid }) => parentOid);
  function rolledUp(table: Table): Table {
    if (table.kind !== 'partitioned') return table;
    const parts = (partitions.get(table.oid) ?? []).map(rolledUp);
    const keys = commonKeys(parts).filter((key) => !has(table, key));
    return { ...table, ...sizesOf(parts), foreignKeys: [...table.foreignKeys, ...keys] };
  }
  return tables.map(rolledUp);
}

function commonKeys([first, ...others]: Table[]): ForeignKey[] {
  if (!first) return [];
  return first.foreignKeys
    .filter((key) => others.every((other) => has(other, key)))
    .map((key) => ({
      ...key,
      isValidated: [first, ...others].every((part) =>
        part.foreignKeys.some((each) => isLike(each, key) && each.isValidated),
      ),
      isOfPartitions: true,
    }));
}

const has = ({ foreignKeys }: Table, key: ForeignKey): boolean => foreignKeys.some((each) => isLike(each, key));

function isLike(one: ForeignKey, other: ForeignKey): boolean {
  return one.references === other.references && pairs(one) === pairs(other);
}

const pairs = ({ columns, referencedColumns }: ForeignKey): string =>
  JSON.stringify(columns.map((column, place) => [column, referencedColumns[place]]).toSorted());

function sizesOf(parts: Table[]): Pick<Table, 'estimatedRows' | 'bytes' | 'totalBytes'> {
  const known = parts.map(({ estimatedRows }) => estimatedRows).filter((rows) => rows >= 0);
  return {
    estimatedRows: known.length > 0 ? sum(known) : -1,
    bytes: sum(parts.map(({ bytes }) => bytes)),
    totalBytes: sum(parts.map(({ totalBytes }) => totalBytes)),
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
