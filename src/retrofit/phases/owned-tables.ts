import type { Table } from '../catalogue/catalogue.js';
import { descendantsOf } from '../catalogue/tables.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';

/** How a table comes by its organizations; partitions and tables that inherit go by the whole. Undefined where it has none. */
export function derivationOf({ catalogue, derivations }: Work, oid: number): Derivation | undefined {
  return derivations.find(
    ({ table }) => table.oid === oid || descendantsOf(catalogue, table).some((each) => each.oid === oid),
  );
}

/** A table with its partitions and those that inherit from it. */
export function familyOf({ catalogue }: Work, { table }: Derivation): Table[] {
  return [table, ...descendantsOf(catalogue, table)];
}

/** Where constraints are put that are not inherited: partitions get those of the whole, heirs none. */
export function placesOf({ table, holders }: Derivation): Table[] {
  return table.kind === 'partitioned' ? [table] : holders;
}

/** The first of these names that nobody else has. */
export function freeName(names: readonly string[], isTaken: (name: string) => boolean): string {
  const free = names.find((name) => !isTaken(name));
  if (free === undefined) throw new Error(`All of these names are taken: ${names.join(', ')}`);
  return free;
}
