import type { Table } from '../catalogue/catalogue.js';
import { descendantsOf, tableOf } from '../catalogue/tables.js';
import { ident } from '../database/sql.js';
import { joined } from '../derivation/join.js';
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
  /** The rows: SQL for what stands in FROM. */
  rows: string;
  parent: Table;
  on: JoinedColumn[];
  /** The parent's column that says whose it is. */
  owner: string;
}

/** Counts the rows whose parents are missing, or another organization's: over every foreign key and every join of the plan. */
export async function referencesOf(work: Work, derivation: Derivation): Promise<References> {
  const found: References = { dangling: 0, crossOrganization: 0, accepted: 0 };
  for (const reference of allOf(work, derivation)) {
    const { dangling, crossing } = await count(work, reference);
    found.dangling += dangling;
    if (isAccepted(derivation, reference)) found.accepted += crossing;
    else found.crossOrganization += crossing;
  }
  return found;
}

function allOf(work: Work, { table, answers }: Derivation): Reference[] {
  const joins = answers
    .filter((answer): answer is CopyAnswer => answer.kind === 'copy')
    .map(({ parent, on, owner }) => ({ rows: table.sql, parent, on, owner }));
  const keys = keysOf(work, table, table.sql);
  const whole = [...keys, ...joins.filter((join) => !keys.some((key) => isSame(key, join)))];
  // Foreign keys are not inherited: an heir, or a partition, may have others.
  const ofParts = descendantsOf(work.catalogue, table).flatMap((part) => keysOf(work, part, `ONLY ${part.sql}`));
  return [...whole, ...ofParts.filter((key) => !whole.some((other) => isSame(key, other)))];
}

/** Foreign keys to owned tables. */
function keysOf({ catalogue, derivations, plan }: Work, table: Table, rows: string): Reference[] {
  const owner = plan.organization.column;
  return table.foreignKeys
    .filter(({ columns }) => !columns.includes(owner))
    .flatMap(({ references, columns, referencedColumns }) => {
      const parent = tableOf(catalogue, references);
      if (!parent || !derivations.some((each) => each.table.oid === references)) return [];
      const on = columns.map((child, index) =>
        joined(table, parent, { child, parent: referencedColumns[index] ?? '' }),
      );
      return [{ rows, parent, on, owner }];
    });
}

type Link = Pick<Reference, 'parent' | 'on'>;

function isSame(one: Link, other: Link): boolean {
  const columns = ({ on }: Link) =>
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
  { rows, parent, on, owner: theirs }: Reference,
): Promise<{ dangling: number; crossing: number }> {
  const owner = ident(ownerColumn(work).name);
  const key = ident(on[0]?.parent ?? '');
  const points = on.map(({ child }) => `t.${ident(child)} IS NOT NULL`).join(' AND ');
  return work.session.row(
    `SELECT count(*) FILTER (WHERE p.${key} IS NULL)::float8 AS dangling,
       count(*) FILTER (WHERE t.${owner} <> p.${ident(theirs)})::float8 AS crossing
     FROM ${rows} AS t LEFT JOIN ${parent.sql} AS p ON ${joinSql(on, 't')} WHERE ${points}`,
  );
}
