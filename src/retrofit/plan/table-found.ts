import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { partsOfName, tableName } from '../catalogue/table-name.js';
import { findTable, rootTables, tableOf } from '../catalogue/tables.js';
import { nearest } from './nearest.js';

/** The table that a plan names, or what is wrong with the name. */
export function tableFound(catalogue: Catalogue, name: string): Table | string {
  const table = findTable(catalogue, name);
  if (!table) return whyNot(catalogue, name);
  const parent = parentOf(catalogue, table);
  if (!parent) return table;
  return `${table.isPartition ? 'a partition of' : 'inherits from'} ${parent.name}; expected ${rootOf(catalogue, table).name}, which stands for both`;
}

export function rootOf(catalogue: Catalogue, table: Table): Table {
  const parent = parentOf(catalogue, table);
  return parent ? rootOf(catalogue, parent) : table;
}

function parentOf(catalogue: Catalogue, { parentOid }: Table): Table | undefined {
  return parentOid === null ? undefined : tableOf(catalogue, parentOid);
}

function whyNot(catalogue: Catalogue, name: string): string {
  if (catalogue.views.some((view) => view.name === name))
    return 'a view; expected a table, since only tables have rows';
  if (catalogue.foreignTables.some((table) => table.name === name))
    return 'a foreign table, whose rows are in another database';
  const meant = meantBy(catalogue, name);
  return `no such table${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** `public.users` is written `users`, and a table may be in another schema. */
function meantBy(catalogue: Catalogue, name: string): string | undefined {
  const names = rootTables(catalogue).map((table) => table.name);
  const parts = partsOfName(name);
  const full = parts && tableName(parts.schema, parts.localName);
  if (full !== null && names.includes(full)) return full;
  const elsewhere = rootTables(catalogue).filter(({ localName }) => localName === parts?.localName);
  return elsewhere.length === 1 ? elsewhere[0]?.name : nearest(name, names);
}
