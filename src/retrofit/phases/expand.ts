import type { Table } from '../catalogue/catalogue.js';
import { foreignKeysTo, isFoundBy } from '../catalogue/tables.js';
import type { CopyAnswer, Derivation } from '../derivation/derivation.js';
import { ident } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { indexSteps } from './index-steps.js';
import { organizationSteps } from './organization-steps.js';
import type { Step } from './phase.js';
import { rememberSteps } from './remember-steps.js';
import { triggerSteps } from './trigger-steps.js';

/**
 * The column, nullable, and triggers that fill it: from here on whatever the application writes belongs to somebody, although
 * the application knows nothing of it.
 */
export function expandSteps(work: Work): Step[] {
  return [
    ...organizationSteps(work),
    ...work.derivations.filter(({ hasColumn }) => !hasColumn).map((derivation) => columnStep(work, derivation)),
    ...helperIndexSteps(work),
    ...rememberSteps(work),
    ...work.derivations.flatMap((derivation) => triggerSteps(work, derivation)),
  ];
}

/** No default and no NOT NULL: the table is not rewritten, and its partitions and heirs get the column with it. */
function columnStep(work: Work, { table }: Derivation): Step {
  const { name, type } = ownerColumn(work);
  return {
    phase: 'expand',
    name: `${table.name}: column ${name}`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    does: [`ALTER TABLE ${table.sql} ADD COLUMN IF NOT EXISTS ${ident(name)} ${type}`],
    undoes: [`ALTER TABLE ${table.sql} DROP COLUMN IF EXISTS ${ident(name)}`],
    how: 'transaction',
  };
}

/** The triggers look for parents and for children; without an index each would read a whole table. */
function helperIndexSteps(work: Work): Step[] {
  const wanted = new Map<string, { table: Table; columns: string[] }>();
  for (const { table, answers } of work.derivations)
    for (const answer of answers.filter((each): each is CopyAnswer => each.kind === 'copy'))
      for (const side of sidesOf(table, answer)) wanted.set(`${side.table.name} ${side.columns.join()}`, side);
  return [...wanted.values()]
    .filter(({ table, columns }) => !isFoundBy(table, columns))
    .flatMap((side) =>
      indexSteps(work.catalogue, { ...side, phase: 'expand', isUnique: false, suffix: HELPER_SUFFIX }),
    );
}

/** What the names of indexes end with that are dropped with the triggers. */
export const HELPER_SUFFIX = 'retrofit_idx';

function sidesOf(table: Table, { parent, on }: CopyAnswer): { table: Table; columns: string[] }[] {
  const child = { table, columns: on.map((column) => column.child) };
  const isKey = foreignKeysTo(table, parent).some(({ referencedColumns }) =>
    on.every((column) => referencedColumns.includes(column.parent)),
  );
  return isKey ? [child] : [child, { table: parent, columns: on.map((column) => column.parent) }];
}
