import type { ForeignKey, Table } from '../catalogue/catalogue.js';
import { tableOf } from '../catalogue/tables.js';
import { objectName } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { derivationOf, freeName, placesOf } from './owned-tables.js';

/** The twin of a foreign key between two owned tables, which holds both rows to the same organization. */
export interface CompositeKey {
  table: Table;
  /** The key that it stands beside. */
  foreignKey: ForeignKey;
  parent: Table;
  name: string;
  columns: string[];
  referencedColumns: string[];
  /** Why it cannot be; null where it can. */
  obstacle: string | null;
}

/** One for each foreign key that knows of no organizations. */
export function compositeKeys(work: Work): CompositeKey[] {
  return work.derivations.flatMap((derivation) =>
    placesOf(derivation).flatMap((table) => keysOf(work, derivation, table)),
  );
}

/** The foreign key that is, or could be, a composite key: of the same columns. */
export function twinOf({ table, parent, columns, referencedColumns }: CompositeKey): ForeignKey | undefined {
  const wanted = pairs(columns, referencedColumns);
  return table.foreignKeys.find(
    (key) =>
      !key.isOfPartitions && key.references === parent.oid && pairs(key.columns, key.referencedColumns) === wanted,
  );
}

function keysOf(work: Work, derivation: Derivation, table: Table): CompositeKey[] {
  const found: CompositeKey[] = [];
  for (const foreignKey of table.foreignKeys) {
    const parent = tableOf(work.catalogue, foreignKey.references);
    const owner = ownerColumn(work).name;
    const knowsOwners = [...foreignKey.columns, ...foreignKey.referencedColumns].includes(owner);
    if (!parent || knowsOwners || !derivationOf(work, parent.oid)) continue;
    found.push(keyOf(work, derivation, { table, foreignKey, parent }, found));
  }
  return found;
}

function keyOf(
  work: Work,
  derivation: Derivation,
  beside: Pick<CompositeKey, 'table' | 'foreignKey' | 'parent'>,
  others: CompositeKey[],
): CompositeKey {
  const owner = ownerColumn(work).name;
  const { table, foreignKey, parent } = beside;
  const key = {
    ...beside,
    columns: [owner, ...foreignKey.columns],
    referencedColumns: [owner, ...foreignKey.referencedColumns],
    obstacle: obstacleOf(work, derivation, beside),
  };
  const same = others.find((other) => isLike(other.foreignKey, foreignKey));
  return {
    ...key,
    name:
      same?.name ??
      nameOf(table, parent, key.columns, [...others.map(({ name }) => name), ...foreignNames({ ...key, name: '' })]),
  };
}

/** Two keys on the same columns are told apart by what they point to, or else by a number. */
function nameOf(table: Table, parent: Table, columns: string[], taken: string[]): string {
  const more = ['2', '3', '4', '5'].map((number) =>
    objectName(table.localName, ...columns, parent.localName, number, 'fkey'),
  );
  const names = [
    objectName(table.localName, ...columns, 'fkey'),
    objectName(table.localName, ...columns, parent.localName, 'fkey'),
  ];
  return freeName([...names, ...more], (name) => taken.includes(name));
}

/** Names of constraints of the table, without that of a twin which is there. */
function foreignNames(key: CompositeKey): string[] {
  const twin = twinOf(key);
  const indexes = key.table.indexes.flatMap(({ constraint }) => (constraint ? [constraint.name] : []));
  return [
    ...indexes,
    ...key.table.foreignKeys.filter((each) => each !== twin && !each.isOfPartitions).map(({ name }) => name),
  ];
}

function isLike(one: ForeignKey, other: ForeignKey): boolean {
  return (
    one.references === other.references &&
    one.onDelete === other.onDelete &&
    one.isDeferred === other.isDeferred &&
    pairs(one.columns, one.referencedColumns) === pairs(other.columns, other.referencedColumns)
  );
}

const pairs = (columns: string[], referenced: string[]): string =>
  JSON.stringify(columns.map((column, place) => [column, referenced[place]]).toSorted());

function obstacleOf(
  work: Work,
  derivation: Derivation,
  { foreignKey, parent }: Pick<CompositeKey, 'foreignKey' | 'parent'>,
): string | null {
  if (foreignKey.definition.includes(' NOT ENFORCED')) return 'it is not enforced itself';
  if (foreignKey.definition.includes('PERIOD ')) return 'it is one over periods';
  if (foreignKey.onUpdate.startsWith('SET'))
    return `it is ON UPDATE ${foreignKey.onUpdate}, and the twin would cascade`;
  if (!derivationOf(work, parent.oid)?.isNullable || goesByItAlone(derivation, foreignKey)) return null;
  return `rows of ${parent.name} may belong to nobody, and rows that belong to somebody may point to them`;
}

/** A row belongs to nobody whenever the other one does: nothing is held to anything then. */
function goesByItAlone(
  { answers: [answer, ...others], unowned }: Derivation,
  { columns, references }: ForeignKey,
): boolean {
  if (answer?.kind !== 'copy' || others.length > 0 || typeof unowned === 'object') return false;
  return (
    answer.parent.oid === references &&
    answer.on.length === columns.length &&
    answer.on.every(({ child }) => columns.includes(child))
  );
}
