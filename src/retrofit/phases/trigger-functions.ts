import { namesIn } from '../database/session.js';
import { ident } from '../database/sql.js';
import type { CopyAnswer, Derivation, ItselfAnswer } from '../derivation/derivation.js';
import { childJoinSql, ownerSql } from '../derivation/owner-sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { makeOrganizationOf } from './organization-steps.js';

/** A table whose rows copy the organization of another's. */
export interface PassedOn {
  child: Derivation;
  answer: CopyAnswer;
}

/**
 * Before a row is written: whose is it? It never raises, whatever it meets: old code's write comes first, and what stays
 * unowned is found by the next sweep.
 */
export function ownFunction(work: Work, derivation: Derivation, name: string): string {
  const column = ownerColumn(work);
  const makes = derivation.answers
    .filter((answer): answer is ItselfAnswer => answer.kind === 'itself')
    .map((answer) => `${makeOrganizationOf(work, derivation, answer)};`);
  return triggerFunction(derivation, name, 'NEW', [
    ...makes,
    // A row that loses its parent stays where it was: with nobody it would be lost to everybody.
    `NEW.${ident(column.name)} := coalesce(${ownerSql(derivation, 'NEW', column)}, NEW.${ident(column.name)});`,
  ]);
}

/** After a row has come to another organization, or has got one at last: so do the rows that copy from it. */
export function passOnFunction(work: Work, derivation: Derivation, children: PassedOn[], name: string): string {
  return triggerFunction(
    derivation,
    name,
    'NULL',
    children.map((child) => passOn(work, child)),
  );
}

function passOn(work: Work, { child, answer }: PassedOn): string {
  const column = ownerColumn(work);
  const owner = ident(column.name);
  const isOfRow = childJoinSql(answer.on, 'NEW', 't');
  const now = ownerSql(child, 't', column);
  return `UPDATE ${child.table.sql} AS t SET ${owner} = ${now} WHERE ${isOfRow} AND t.${owner} IS DISTINCT FROM ${now} AND ${now} IS NOT NULL;`;
}

function triggerFunction({ table }: Derivation, name: string, returns: string, body: string[]): string {
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ${namesIn(table.schema)} AS $retrofit$
BEGIN
  BEGIN
    ${body.join('\n    ')}
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  RETURN ${returns};
END
$retrofit$`;
}
