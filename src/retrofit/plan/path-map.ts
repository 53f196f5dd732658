import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { findTable, hasColumn } from '../catalogue/tables.js';
import { deriveAll } from '../derivation/derive-all.js';
import type { Derivation } from '../derivation/derivation.js';
import { foreignKeyEdges, isToItself, planEdge } from './edges.js';
import type { Edge } from './edges.js';
import type { OwnerRelation } from './owner-relation.js';
import { DerivedRelations } from './owner-relation.js';
import type { PathMap } from './paths.js';
import type { Plan } from './plan.js';

/**
 * What ways to organizations can go along: foreign keys, and where a plan has decided about a table, what it decided.
 * They end where organizations come from, and where everything was decided already.
 */
export function pathMap(catalogue: Catalogue, plan: Plan): PathMap {
  const derivations = deriveAll(plan, catalogue);
  const relations = new DerivedRelations(derivations, plan.organization.column);
  const foreignKeys = new Map<number, Edge[]>();
  const keysOf = (table: Table): Edge[] => {
    const edges =
      foreignKeys.get(table.oid) ?? foreignKeyEdges(catalogue, table).filter(({ parent }) => parent.mayBeRead);
    foreignKeys.set(table.oid, edges);
    return edges;
  };
  return {
    catalogue,
    edgesOf: (table) => {
      const decided = plan.tables[table.name];
      return decided ? decided.copy.map((copy) => planEdge(catalogue, table, copy)) : keysOf(table);
    },
    endOf: (table) => {
      const derivation = derivations.find((each) => each.table.oid === table.oid);
      if (derivation) return isSettled(plan, derivation, derivations) ? relations.of(derivation) : undefined;
      return plan.tables[table.name] ? undefined : sourceRelation(catalogue, plan, table, keysOf);
    },
  };
}

/** Whether all that it copies from is decided too. */
function isSettled(plan: Plan, derivation: Derivation, all: Derivation[], seen: Derivation[] = []): boolean {
  if (seen.includes(derivation)) return true;
  return derivation.answers.every((answer) => {
    if (answer.kind !== 'copy' || answer.parent.name === plan.organization.table) return true;
    const parent = all.find(({ table }) => table.oid === answer.parent.oid);
    return parent !== undefined && isSettled(plan, parent, all, [...seen, derivation]);
  });
}

function sourceRelation(
  catalogue: Catalogue,
  { source, organization }: Plan,
  table: Table,
  keysOf: (table: Table) => Edge[],
): OwnerRelation | undefined {
  if (source.each === table.name) {
    const climbs = source.where === undefined ? [] : keysOf(table).filter(isToItself);
    return {
      table,
      climbs,
      picksNone: false,
      answers: [{ kind: 'itself', where: source.where ?? null, key: table.primaryKey ?? [] }],
    };
  }
  if (!source.existing) return undefined;
  const isTheirs = findTable(catalogue, organization.table)?.oid === table.oid;
  const column = isTheirs ? organization.id : organization.column;
  return hasColumn(table, column)
    ? { table, climbs: [], picksNone: false, answers: [{ kind: 'held', column }] }
    : undefined;
}
