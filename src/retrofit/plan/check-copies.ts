import type { Catalogue, Column, Table } from '../catalogue/catalogue.js';
import { foreignKeysTo } from '../catalogue/tables.js';
import { areComparable } from './comparable.js';
import { writeJoin } from './join-text.js';
import { nearest } from './nearest.js';
import type { CopyPlan, JoinColumn, Plan, TablePlan } from './plan.js';
import { tableFound } from './table-found.js';

/** The ways of a table, one after the other. */
export function checkCopies(plan: Plan, catalogue: Catalogue, table: Table, { copy }: TablePlan): string[] {
  return copy.flatMap((way, place) => {
    const path = copy.length === 1 ? '.copy' : `.copy[${place}]`;
    return checkCopy(plan, catalogue, table, way).map((fault) => `${path}${fault}`);
  });
}

function checkCopy(plan: Plan, catalogue: Catalogue, table: Table, { from, on }: CopyPlan): string[] {
  const parent = tableFound(catalogue, from);
  if (typeof parent === 'string') return [`.from: ${from}: ${parent}`];
  const isOrganizations = from === plan.organization.table;
  if (!isOrganizations && !plan.tables[from])
    return [`.from: expected a table that is decided on, found ${from}, which tables does not name`];
  if (plan.tables[from]?.shared)
    return [`.from: expected a table that belongs to organizations, found ${from}, which is shared`];
  if (on) return on.flatMap((column) => checkColumn(table, parent, column));
  const choices = joinsByKey(table, parent, plan.organization.column);
  const [only, ...more] = choices;
  if (!only)
    return [`.on: expected columns, as in ${exampleOf(parent)}, since ${table.name} has no foreign key to ${from}`];
  if (more.length > 0)
    return [
      `.on: expected one of ${choices.map(writeJoin).join(', or ')}, since ${table.name} has several foreign keys to ${from}`,
    ];
  return only.flatMap((column) => checkColumn(table, parent, column));
}

/** What its foreign keys join, each once. Those that hold the organization too are twins of others. */
function joinsByKey(table: Table, parent: Table, organizationColumn: string): JoinColumn[][] {
  const joins = foreignKeysTo(table, parent)
    .filter(({ columns }) => !columns.includes(organizationColumn))
    .map(({ columns, referencedColumns }) =>
      columns.map((child, place) => ({ child, parent: referencedColumns[place] ?? '' })),
    );
  return [
    ...new Map(
      joins.map((join) => [writeJoin(join.toSorted((one, other) => (one.child < other.child ? -1 : 1))), join]),
    ).values(),
  ];
}

function exampleOf({ name, primaryKey }: Table): string {
  const key = primaryKey ?? ['key'];
  return writeJoin(key.map((parent) => ({ child: `${name.split('.').at(-1) ?? name}_${parent}`, parent })));
}

function checkColumn(table: Table, parent: Table, { child, parent: key }: JoinColumn): string[] {
  const mine = columnOf(table, child);
  const theirs = columnOf(parent, key);
  const missing = [mine, theirs].filter((found) => typeof found === 'string');
  if (typeof mine === 'string' || typeof theirs === 'string') return missing.map((fault) => `.on: ${fault}`);
  const generated = [
    { table, column: mine },
    { table: parent, column: theirs },
  ].filter(({ column }) => column.isGenerated);
  if (generated.length > 0)
    return generated.map(
      (side) =>
        `.on: ${side.table.name}.${side.column.name} is generated, and not known yet when a trigger asks; join by the columns that it is made of`,
    );
  if (areComparable(mine, theirs)) return [];
  return [`.on: ${table.name}.${child} (${mine.type}) cannot be compared with ${parent.name}.${key} (${theirs.type})`];
}

function columnOf({ name: table, columns }: Table, name: string): Column | string {
  const meant = nearest(
    name,
    columns.map((column) => column.name),
  );
  return (
    columns.find((column) => column.name === name) ??
    `${table} has no column ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`
  );
}
