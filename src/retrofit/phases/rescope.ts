import { ident } from '../database/sql.js';
import type { Table } from '../catalogue/catalogue.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { indexName } from './index-steps.js';
import type { NewIndex } from './index-steps.js';
import { familyOf } from './owned-tables.js';
import type { Step } from './phase.js';
import { ownIndexSteps } from './target-indexes.js';
import type { UniqueKey } from './unique-keys.js';
import { scopedTwin, uniqueKeys } from './unique-keys.js';

/** Of columns in an index. PostgreSQL manual, “Limits”. */
const MOST_COLUMNS = 32;

/** Beside each unique key one that begins with the organization. The old one stays: old code's ON CONFLICT needs it. */
export function rescopeSteps(work: Work): Step[] {
  return uniqueKeys(work)
    .filter((key) => !scopedTwin(work, key) && obstacleOf(key) === null)
    .flatMap((key) => keySteps(work, key));
}

/** What stays as it is. */
export function rescopeNotes(work: Work): string[] {
  const keys = uniqueKeys(work).flatMap((key) => {
    const obstacle = obstacleOf(key);
    return obstacle === null
      ? []
      : [`${key.table.name}: ${key.index.name} stays unique over all organizations: ${obstacle}`];
  });
  return [
    ...keys,
    ...work.derivations
      .flatMap((derivation) => familyOf(work, derivation))
      .flatMap((table) => exclusionNotes(work, table)),
  ];
}

function keySteps(work: Work, { table, index, definition, stem }: UniqueKey): Step[] {
  const owner = ownerColumn(work).name;
  const twin: NewIndex = {
    phase: 'rescope',
    table,
    columns: [owner, stem],
    isUnique: true,
    suffix: 'key',
    definition: `USING btree (${ident(owner)}, ${definition}`,
  };
  const steps = ownIndexSteps(work.catalogue, twin);
  return index.constraint?.isDeferrable
    ? [...steps, constraintStep(table, indexName(twin), index.constraint.definition)]
    : steps;
}

/** Only a constraint can be deferred. It takes the index over. */
function constraintStep(table: Table, name: string, definition: string): Step {
  const deferred = / DEFERRABLE.*$/.exec(definition)?.[0] ?? '';
  return {
    phase: 'rescope',
    name: `${table.name}: constraint ${name}`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    does: [`ALTER TABLE ${table.sql} ADD CONSTRAINT ${ident(name)} UNIQUE USING INDEX ${ident(name)}${deferred}`],
    undoes: [`ALTER TABLE ${table.sql} DROP CONSTRAINT IF EXISTS ${ident(name)}`],
    how: 'transaction',
  };
}

function obstacleOf({ table, index }: UniqueKey): string | null {
  if (index.columns.length >= MOST_COLUMNS)
    return `it has ${index.columns.length} columns already, and PostgreSQL allows no more`;
  if (table.kind === 'partitioned' && index.constraint?.isDeferrable)
    return 'it is deferrable, which PostgreSQL cannot build beside live traffic on a partitioned table';
  return null;
}

function exclusionNotes(work: Work, { name, indexes }: Table): string[] {
  const owner = ownerColumn(work).name;
  return indexes
    .filter(({ constraint, columns }) => constraint?.kind === 'exclusion' && !columns.includes(owner))
    .map(
      ({ constraint }) =>
        `${name}: the exclusion constraint ${constraint?.name ?? ''} holds over all organizations: ${constraint?.definition ?? ''}. To hold it within one, add ${owner} WITH = to it, by hand: PostgreSQL cannot build it beside live traffic`,
    );
}
