import type { Catalogue, ForeignKey, Table } from '../catalogue/catalogue.js';
import { hasColumn, holdersOf } from '../catalogue/tables.js';
import { ident } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { compositeKeys, twinOf } from './composite-keys.js';
import type { CompositeKey } from './composite-keys.js';
import { mayNameColumns } from './constrain.js';
import type { Step } from './phase.js';
import type { Remarks } from './remarks.js';

/** Old foreign keys whose twins do all that they did. */
export function foreignKeyContractSteps(work: Work, remarks: Remarks): Step[] {
  return compositeKeys(work)
    .filter((key) => whyKept(work, key) === null)
    .map((key) => dropStep(work, remarks, key));
}

export function foreignKeyContractNotes(work: Work): string[] {
  return compositeKeys(work).flatMap((key) => {
    const why = whyKept(work, key);
    return why === null ? [] : [`${key.table.name}: ${key.foreignKey.name} stays: ${why}`];
  });
}

/** Foreign keys that contract leaves. */
export function keptForeignKeys(work: Work): ForeignKey[] {
  const gone = compositeKeys(work)
    .filter((key) => whyKept(work, key) === null)
    .map(({ foreignKey }) => foreignKey);
  return work.catalogue.tables.flatMap(({ foreignKeys }) => foreignKeys).filter((key) => !gone.includes(key));
}

/** Null where it goes. Before expand nothing stands yet; then it goes by what will. */
function whyKept(work: Work, key: CompositeKey): string | null {
  const { foreignKey, table, obstacle } = key;
  if (obstacle !== null) return `it has no twin, since ${obstacle}`;
  if (foreignKey.onDelete.startsWith('SET') && !mayNameColumns(work))
    return `before version 15 PostgreSQL cannot ${foreignKey.onDelete.toLowerCase()} without the organization`;
  if (foreignKey.definition.includes(' MATCH FULL') && foreignKey.columns.length > 1) return 'it is MATCH FULL';
  if (!foreignKey.isValidated) return 'it holds for new rows only, and so does its twin';
  if (!hasColumn(table, ownerColumn(work).name)) return null;
  return twinOf(key)?.isValidated === true ? null : 'it has no twin that holds for all rows';
}

function dropStep(work: Work, remarks: Remarks, { table, foreignKey }: CompositeKey): Step {
  const places = foreignKey.isOfPartitions ? holdersOf(work.catalogue, table) : [table];
  const keys = places.flatMap((place) => keyAt(place, foreignKey));
  const drops = keys.map(({ place, key }) => dropSql(place, key));
  return {
    phase: 'contract',
    name: `${table.name}: no foreign key ${foreignKey.name}`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    does: drops,
    undoes: keys.flatMap(({ place, key }) => [
      ...remake(work.catalogue, place, key),
      ...remarks.ofConstraint(place, key.name),
    ]),
    how: 'transaction',
  };
}

/** NOT VALID, then VALIDATE; a partitioned table takes over those of its partitions. */
function remake(catalogue: Catalogue, table: Table, key: ForeignKey): string[] {
  if (table.kind === 'ordinary')
    return [
      dropSql(table, key),
      addSql(table, key, ' NOT VALID'),
      `ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${ident(key.name)}`,
    ];
  const parts = holdersOf(catalogue, table).flatMap((part) => remake(catalogue, part, key));
  return [dropSql(table, key), ...parts, addSql(table, key, '')];
}

function keyAt(place: Table, like: ForeignKey): { place: Table; key: ForeignKey }[] {
  const pairs = ({ columns, referencedColumns }: ForeignKey) =>
    JSON.stringify(columns.map((column, index) => [column, referencedColumns[index]]).toSorted());
  return place.foreignKeys
    .filter(
      (key) =>
        (place.kind === 'ordinary' || !key.isOfPartitions) &&
        key.references === like.references &&
        pairs(key) === pairs(like) &&
        (like.isOfPartitions || key.name === like.name),
    )
    .map((key) => ({ place, key }));
}

function dropSql({ sql }: Table, { name }: ForeignKey): string {
  return `ALTER TABLE ${sql} DROP CONSTRAINT IF EXISTS ${ident(name)}`;
}

function addSql({ sql }: Table, { name, definition }: ForeignKey, ending: string): string {
  return `ALTER TABLE ${sql} ADD CONSTRAINT ${ident(name)} ${definition}${ending}`;
}
