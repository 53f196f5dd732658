import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { holdersOf } from '../catalogue/tables.js';
import { ident, idents, objectName } from '../database/sql.js';
import type { Step } from './phase.js';

/** A foreign key to be added while everybody reads and writes. */
export interface NewForeignKey {
  table: Table;
  name: string;
  columns: string[];
  /** The other table, quoted, with its schema. */
  references: string;
  referencedColumns: string[];
  /** What follows in its definition: actions, deferrability. Empty, or with a space before. */
  rest: string;
  /** Whether rows that are there are looked at; otherwise it holds for new ones only. */
  isValidated: boolean;
}

/**
 * NOT VALID first, then VALIDATE, which reads every row and stops nobody. On partitioned tables PostgreSQL has no NOT VALID
 * before version 18: there every partition gets the key, and the whole then takes those over without a look at the rows.
 */
export function foreignKeySteps(catalogue: Catalogue, key: NewForeignKey): Step[] {
  if (key.table.kind === 'ordinary') return partSteps(key);
  const parts = holdersOf(catalogue, key.table).flatMap((part) => partSteps(partOf(key, part)));
  return key.isValidated ? [...parts, addStep(key, '')] : parts;
}

/** Validates one that is there. */
export function validateStep({ table, name }: Pick<NewForeignKey, 'table' | 'name'>): Step {
  return {
    phase: 'constrain',
    name: `${table.name}: check ${name} for all rows`,
    table: table.name,
    lock: 'SHARE UPDATE EXCLUSIVE',
    does: [`ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${ident(name)}`],
    undoes: [],
    how: 'online',
  };
}

function partSteps(key: NewForeignKey): Step[] {
  const add = addStep(key, ' NOT VALID');
  return key.isValidated ? [add, validateStep(key)] : [add];
}

function partOf(key: NewForeignKey, part: Table): NewForeignKey {
  return { ...key, table: part, name: objectName(part.localName, ...key.columns, 'fkey') };
}

function addStep(key: NewForeignKey, ending: string): Step {
  const { table, name, columns, references, referencedColumns, rest } = key;
  const definition = `FOREIGN KEY (${idents(columns)}) REFERENCES ${references} (${idents(referencedColumns)})${rest}${ending}`;
  return {
    phase: 'constrain',
    name: `${table.name}: foreign key ${name}`,
    table: table.name,
    lock: 'SHARE ROW EXCLUSIVE',
    does: [`ALTER TABLE ${table.sql} ADD CONSTRAINT ${ident(name)} ${definition}`],
    // What the whole has taken over goes with it.
    undoes: [`ALTER TABLE ${table.sql} DROP CONSTRAINT IF EXISTS ${ident(name)}`],
    how: 'transaction',
  };
}
