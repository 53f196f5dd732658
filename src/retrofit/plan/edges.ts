import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { descendantsOf, foreignKeysTo, isUniqueOn, tableNamed, tableOf } from '../catalogue/tables.js';
import { joinOf } from '../derivation/derive-all.js';
import type { JoinedColumn } from '../derivation/derivation.js';
import { joined } from '../derivation/join.js';
import type { CopyPlan, JoinColumn } from './plan.js';

/** A way from the rows of one table to those of another, or of the same one. */
export interface Edge {
  child: Table;
  parent: Table;
  on: JoinedColumn[];
  /** Every row names one: its columns are NOT NULL. */
  isRequired: boolean;
  /** At most one row is found. */
  isUnique: boolean;
}

/** The foreign keys of a table, those that only its partitions or heirs have too. Each joins tables that plans speak of. */
export function foreignKeyEdges(catalogue: Catalogue, table: Table): Edge[] {
  const keys = [table, ...descendantsOf(catalogue, table)].flatMap((holder) => holder.foreignKeys);
  const edges = keys.flatMap(({ references, columns, referencedColumns }) => {
    const parent = rootOf(catalogue, tableOf(catalogue, references));
    const on = columns.map((child, place) => ({ child, parent: referencedColumns[place] ?? '' }));
    return parent ? [edgeOn(table, parent, on)] : [];
  });
  return [...new Map(edges.map((edge) => [edgeName(edge), edge])).values()];
}

/** What a plan says that a table copies. */
export function planEdge(catalogue: Catalogue, table: Table, copy: CopyPlan): Edge {
  const parent = tableNamed(catalogue, copy.from);
  return edgeOn(table, parent, joinOf(table, parent, copy));
}

export function edgeOn(child: Table, parent: Table, on: JoinColumn[]): Edge {
  const columns = on.map((column) => joined(child, parent, column));
  return {
    child,
    parent,
    on: columns,
    isRequired: on.every(({ child: name }) =>
      child.columns.some((column) => column.name === name && !column.isNullable),
    ),
    isUnique:
      isUniqueOn(
        parent,
        on.map((column) => column.parent),
      ) && columns.every(({ as, parentType }) => as === null || as === parentType),
  };
}

/** As a plan writes it: the join only where the foreign key alone would not say which. */
export function copyOf({ child, parent, on }: Edge): CopyPlan {
  const keys = foreignKeysTo(child, parent);
  const [key] = keys;
  const isTheKey = key?.columns.length === on.length && on.every((column) => key.columns.includes(column.child));
  if (keys.length === 1 && isTheKey) return { from: parent.name };
  return { from: parent.name, on: on.map((column) => ({ child: column.child, parent: column.parent })) };
}

/** `orders.customer_id > customers.id`; the same for edges that join the same. */
export function edgeName({ child, parent, on }: Edge): string {
  const columns = on.toSorted((one, other) => one.child.localeCompare(other.child));
  return `${child.name}.${columns.map((column) => column.child).join('+')} > ${parent.name}.${columns.map((column) => column.parent).join('+')}`;
}

export const isToItself = ({ child, parent }: Edge): boolean => child.oid === parent.oid;

/** What a plan speaks of: of a partition the whole. */
function rootOf(catalogue: Catalogue, table: Table | undefined): Table | undefined {
  if (table?.parentOid == null) return table;
  return rootOf(catalogue, tableOf(catalogue, table.parentOid));
}
