import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { descendantsOf, foreignKeysTo, hasColumn, holdersOf, isUniqueOn, tableNamed } from '../catalogue/tables.js';
import type { CopyPlan, JoinColumn, Plan, TablePlan } from '../plan/plan.js';
import type { Answer, CopyAnswer, Derivation, ItselfAnswer, JoinedColumn } from './derivation.js';
import { joined } from './join.js';

/** How each owned table of a plan comes by its organizations. The plan has been checked against the catalogue. */
export function deriveAll(plan: Plan, catalogue: Catalogue): Derivation[] {
  return Object.entries(plan.tables)
    .filter(([, { shared }]) => !shared)
    .map(([name, tablePlan]) => derive(plan, catalogue, tableNamed(catalogue, name), tablePlan));
}

function derive(plan: Plan, catalogue: Catalogue, table: Table, tablePlan: TablePlan): Derivation {
  return {
    table,
    holders: holdersOf(catalogue, table),
    answers: answersOf(plan, catalogue, table, tablePlan),
    quarantinesConflicts: tablePlan.conflicts === 'quarantine',
    unowned: tablePlan.unowned,
    isNullable: tablePlan.nullable || tablePlan.unowned === 'leave',
    hasColumn: tablePlan.existing && hasColumn(table, plan.organization.column),
  };
}

function answersOf(plan: Plan, catalogue: Catalogue, table: Table, tablePlan: TablePlan): Answer[] {
  const { source } = plan;
  const itself: Answer[] = source.each === table.name ? [itselfAnswer(table, source.where)] : [];
  const copies = tablePlan.copy.map((copy) => copyAnswer(plan, catalogue, table, copy));
  const fallback: Answer[] = tablePlan.default && source.default ? [{ kind: 'default', id: source.default.id }] : [];
  return [...itself, ...copies, ...fallback];
}

function itselfAnswer({ primaryKey }: Table, where: string | undefined): ItselfAnswer {
  return { kind: 'itself', where: where ?? null, key: primaryKey ?? [] };
}

function copyAnswer({ organization }: Plan, catalogue: Catalogue, table: Table, copy: CopyPlan): CopyAnswer {
  const parent = tableNamed(catalogue, copy.from);
  const columns = joinOf(table, parent, copy);
  const on = columns.map((column) => joined(table, parent, column));
  const parents = on.map((column) => column.parent);
  // A key of a table says nothing of those that inherit from it.
  const isAlone = descendantsOf(catalogue, parent).every(({ isPartition }) => isPartition);
  // What is unique as text need not be unique as another type has it.
  const isUnique =
    isAlone &&
    isUniqueOn(parent, parents) &&
    on.every((column) => column.as === null || column.as === column.parentType);
  return {
    kind: 'copy',
    parent,
    on,
    owner: parent.name === organization.table ? organization.id : organization.column,
    isUnique,
    isEnforced: isEnforced(table, parent, on) && !hasHeirs(catalogue, table),
  };
}

/** What a plan says, or the foreign key. */
export function joinOf(table: Table, parent: Table, { on }: CopyPlan): JoinColumn[] {
  if (on) return on;
  const [key] = foreignKeysTo(table, parent);
  return (key?.columns ?? []).map((child, index) => ({ child, parent: key?.referencedColumns[index] ?? '' }));
}

/** Foreign keys are not inherited. */
function hasHeirs(catalogue: Catalogue, table: Table): boolean {
  return table.kind === 'ordinary' && holdersOf(catalogue, table).length > 1;
}

function isEnforced(table: Table, parent: Table, on: JoinedColumn[]): boolean {
  return foreignKeysTo(table, parent).some(
    ({ columns, isValidated, isDeferrable }) =>
      isValidated && !isDeferrable && columns.length === on.length && on.every(({ child }) => columns.includes(child)),
  );
}
