import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { isFoundBy, isUniqueOn } from '../catalogue/tables.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { CompositeKey } from './composite-keys.js';
import { indexName, indexSteps } from './index-steps.js';
import type { NewIndex } from './index-steps.js';
import { placesOf } from './owned-tables.js';
import type { Step } from './phase.js';

/**
 * Unique indexes that begin with the organization: composite foreign keys need them to point to, and whoever looks for an
 * organization's rows finds them by it. A table without a primary key gets a plain one.
 */
export function targetIndexSteps(work: Work, keys: CompositeKey[]): Step[] {
  const owner = ownerColumn(work).name;
  const own = work.derivations.flatMap((derivation) => placesOf(derivation).map((table) => ownIndex(table, owner)));
  const targets = keys.map(({ parent, referencedColumns }) => ({
    table: parent,
    columns: referencedColumns,
    isUnique: true,
  }));
  const wanted = new Map(
    [...own, ...targets].map((each) => [`${each.table.oid} ${each.columns.toSorted().join()}`, each]),
  );
  return [...wanted.values()]
    .filter((index) => !isThere(index))
    .flatMap((index) =>
      ownIndexSteps(
        work.catalogue,
        named(work, { ...index, phase: 'constrain', suffix: index.isUnique ? 'key' : 'idx' }),
      ),
    );
}

/** As `indexSteps`, for partitions but not for tables that inherit, whose rows may be unique, or not. */
export function ownIndexSteps(catalogue: Catalogue, index: NewIndex): Step[] {
  return indexSteps({ ...catalogue, tables: catalogue.tables.filter(({ isPartition }) => isPartition) }, index);
}

type Wanted = Pick<NewIndex, 'table' | 'columns' | 'isUnique'>;

function ownIndex(table: Table, owner: string): Wanted {
  const key = table.primaryKey;
  if (!key) return { table, columns: [owner], isUnique: false };
  return { table, columns: [owner, ...key.filter((column) => column !== owner)], isUnique: true };
}

/** Whatever made it: PostgreSQL takes the columns in any order. Ours are in the journal, and are not built twice either. */
function isThere({ table, columns, isUnique }: Wanted): boolean {
  const [owner = ''] = columns;
  const alike = table.indexes.filter((index) => index.isUnique && index.columns.length === columns.length);
  return isUnique
    ? isUniqueOn({ ...table, indexes: alike }, columns) && isFoundBy(table, [owner])
    : isFoundBy(table, [owner]);
}

/** Another name where one of the user's indexes has it. */
function named(work: Work, index: NewIndex): NewIndex {
  const other = work.catalogue.tables
    .filter(({ schema }) => schema === index.table.schema)
    .flatMap(({ oid, indexes }) => indexes.map((each) => ({ ...each, tableOid: oid })))
    .find(({ name }) => name === indexName(index));
  const isOurs = other?.tableOid === index.table.oid && other.columns.join() === index.columns.join();
  return !other || isOurs ? index : { ...index, suffix: `of_organization_${index.suffix}` };
}
