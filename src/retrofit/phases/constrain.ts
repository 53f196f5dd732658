import { idents } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { CompositeKey } from './composite-keys.js';
import { compositeKeys, twinOf } from './composite-keys.js';
import type { Crossing } from './crossings.js';
import { crossingsOf } from './crossings.js';
import { foreignKeySteps, validateStep } from './foreign-key-steps.js';
import { notNullSteps } from './not-null-steps.js';
import { organizationKeySteps } from './organization-key-steps.js';
import type { Step } from './phase.js';
import { targetIndexSteps } from './target-indexes.js';

/**
 * Indexes by organization, NOT NULL, and foreign keys that hold a row and what it points to to one organization. NOT NULL comes
 * before the keys: PostgreSQL looks at no key of which a part is null.
 */
export async function constrainSteps(work: Work): Promise<Step[]> {
  const keys = possible(compositeKeys(work), await crossingsOf(work));
  return [
    ...targetIndexSteps(work, keys),
    ...work.derivations.flatMap((derivation) => notNullSteps(work, derivation)),
    ...work.derivations.flatMap((derivation) => organizationKeySteps(work, derivation)),
    ...keys.flatMap((key) => keySteps(work, key)),
  ];
}

/** What the phase leaves undone, and why. */
export async function constrainNotes(work: Work): Promise<string[]> {
  const keys = compositeKeys(work);
  const crossings = await crossingsOf(work);
  return [
    ...keys
      .filter(({ obstacle }) => obstacle !== null)
      .map(
        ({ table, foreignKey, obstacle }) =>
          `${table.name}: ${foreignKey.name} gets no twin with the organization: ${obstacle}`,
      ),
    ...crossings.map(crossingNote),
    ...possible(keys, crossings)
      .filter(({ foreignKey }) => !foreignKey.isValidated)
      .map(
        ({ table, name, foreignKey }) =>
          `${table.name}: ${name} holds for new rows only, since ${foreignKey.name} does: mend the rows, and validate both`,
      ),
    ...work.derivations.filter(({ isNullable }) => isNullable).map((derivation) => nullableNote(work, derivation)),
  ];
}

function possible(keys: CompositeKey[], crossings: Crossing[]): CompositeKey[] {
  const crossed = crossings.map(({ key }) => idOf(key));
  // Foreign keys that say the same share a twin.
  const ids = keys.map(idOf);
  return keys.filter(
    (key, place) => key.obstacle === null && !crossed.includes(idOf(key)) && ids.indexOf(idOf(key)) === place,
  );
}

const idOf = ({ table, name }: CompositeKey): string => `${table.oid} ${name}`;

function crossingNote({ key: { table, foreignKey, parent }, rows, example }: Crossing): string {
  return `${table.name}: ${foreignKey.name} gets no twin with the organization: ${rows} rows point to a row of ${parent.name} that is another organization's (one: ${example}). Mend them and run constrain again, or leave it; verify counts them`;
}

function nullableNote(work: Work, { table }: Derivation): string {
  return `${table.name}: ${ownerColumn(work).name} stays nullable, as the plan says; nobody sees the rows without one through the application's role`;
}

function keySteps(work: Work, key: CompositeKey): Step[] {
  const { table, parent, foreignKey, name, columns, referencedColumns } = key;
  const { isValidated } = foreignKey;
  const twin = twinOf(key);
  if (twin) return twin.name === name && isValidated && table.kind === 'ordinary' ? [validateStep(key)] : [];
  const rest = ` ON UPDATE CASCADE${onDelete(work, key)}${deferrability(work, key)}`;
  return foreignKeySteps(work.catalogue, {
    table,
    name,
    columns,
    references: parent.sql,
    referencedColumns,
    rest,
    isValidated,
  });
}

/** Before version 15 PostgreSQL nulls all columns of a key, or none. There the old key nulls its own, and stays for ever. */
export function mayNameColumns({ catalogue }: Work): boolean {
  return catalogue.serverVersion >= 150_000;
}

/** The organization is never nulled: the row stays whose it is. */
function onDelete(work: Work, { foreignKey }: CompositeKey): string {
  const { onDelete: action, columns, definition } = foreignKey;
  if (action === 'NO ACTION') return '';
  if (!action.startsWith('SET')) return ` ON DELETE ${action}`;
  if (!mayNameColumns(work)) return '';
  const named = /ON DELETE SET (?:NULL|DEFAULT) \((.+?)\)(?: (?:NOT )?(?:DEFERRABLE|VALID)|$)/.exec(definition)?.[1];
  return ` ON DELETE ${action} (${named ?? idents(columns)})`;
}

/** Where the old key nulls, the twin may look only when that has been done. */
function deferrability(work: Work, { foreignKey }: CompositeKey): string {
  const looksLast = foreignKey.onDelete.startsWith('SET') && !mayNameColumns(work);
  if (foreignKey.isDeferred || looksLast) return ' DEFERRABLE INITIALLY DEFERRED';
  return foreignKey.isDeferrable ? ' DEFERRABLE' : '';
}
