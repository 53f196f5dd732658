import type { Table } from '../catalogue/catalogue.js';
import { tableOf } from '../catalogue/tables.js';
import { ident } from '../database/sql.js';
import { joinSql } from '../derivation/owner-sql.js';
import type { CopyAnswer, Derivation, JoinedColumn } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';

export interface References {
  dangling: number;
  crossOrganization: number;
  accepted: number;
}

/** One way in which rows of a table point to rows of another one, which is owned too. */
interface Reference {
  parent: Table;
  on: JoinedColumn[];
}

/** Counts the rows whose parents are missing, or another organization's: over every foreign key and every join of the plan. */
export async function referencesOf(work: Work, derivation: Derivation): Promise<References> {
  const found: References = { dangling: 0, crossOrganization: 0, accepted: 0 };
  for (const reference of allOf(work, derivation)) {
    const { dangling, crossing } = await count(work, derivation.table, reference);
    found.dangling += dangling;
    if (isAccepted(derivation, reference)) found.accepted += crossing;
    else found.crossOrganization += crossing;
  }
  return found;
}

function allOf({ catalogue, derivations, plan }: Work, { table, answers }: Derivation): Reference[] {
  const owned = (oid: number) => derivations.some((each) => each.table.oid === oid);
  const keys = table.foreignKeys
    .filter(({ references, columns }) => owned(references) && !columns.includes(plan.organization.column))
    .flatMap((key) => {
      const parent = tableOf(catalogue, key.references);
      const on = key.columns.map((child, index) => ({
        child,
        parent: key.referencedColumns[index] ?? '',
        childType: '',
        parentType: '',
      }));
      return parent ? [{ parent, on }] : [];
    });
  const joins = answers.filter((answer): answer is CopyAnswer => answer.kind === 'copy');
  return [...keys, ...joins.filter((join) => !keys.some((key) => isSame(key, join)))];
}

function isSame(one: Reference, other: Reference): boolean {
  const columns = ({ on }: Reference) =>
    on
      .map(({ child, parent }) => `${child}=${parent}`)
      .toSorted()
      .join();
  return one.parent.oid === other.parent.oid && columns(one) === columns(other);
}

/** The plan lets the first way decide, so the others may lead elsewhere. */
function isAccepted({ answers, quarantinesConflicts }: Derivation, reference: Reference): boolean {
  const first = answers.findIndex((answer) => answer.kind !== 'default');
  const place = answers.findIndex((answer) => answer.kind === 'copy' && isSame(answer, reference));
  return !quarantinesConflicts && place > first;
}

async function count(
  work: Work,
  { sql }: Table,
  { parent, on }: Reference,
): Promise<{ dangling: number; crossing: number }> {
  const owner = ident(ownerColumn(work).name);
  const key = ident(on[0]?.parent ?? '');
  const points = on.map(({ child }) => `t.${ident(child)} IS NOT NULL`).join(' AND ');
  return work.session.row(
    `SELECT count(*) FILTER (WHERE p.${key} IS NULL)::float8 AS dangling,
       count(*) FILTER (WHERE t.${owner} <> p.${owner})::float8 AS crossing
     FROM ${sql} AS t LEFT JOIN ${parent.sql} AS p ON ${joinSql(on, 't')} WHERE ${points}`,
  );
}
