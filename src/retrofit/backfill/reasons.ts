import { ident } from '../database/sql.js';
import type { CopyAnswer, Derivation } from '../derivation/derivation.js';
import { answerSql, joinSql } from '../derivation/owner-sql.js';
import type { OwnerColumn } from '../derivation/owner-sql.js';

/** Why a row has no owner; `breaks constraint …` besides: see `uncheckedConstraints`. */
export const REASONS = {
  noWay: 'no way to an organization',
  waysDisagree: 'ways disagree',
  severalParents: 'several parents',
  parentUnowned: 'parent has no organization',
  parentMissing: 'parent missing',
  noParent: 'no parent',
} as const;

/** CASE branches that tell why an unowned row called `t` is unowned; the first that holds counts. */
export function reasonSql(derivation: Derivation, column: OwnerColumn): string[] {
  const copies = derivation.answers.filter((answer): answer is CopyAnswer => answer.kind === 'copy');
  const some = (conditions: string[], reason: string) =>
    conditions.length > 0 ? [`WHEN ${conditions.join(' OR ')} THEN '${reason}'`] : [];
  return [
    ...some(copies.length === 0 ? ['true'] : [], REASONS.noWay),
    ...some(derivation.quarantinesConflicts ? [disagree(derivation, column)] : [], REASONS.waysDisagree),
    ...some(
      copies.filter(({ isUnique }) => !isUnique).map((copy) => haveSeveralOwners(copy)),
      REASONS.severalParents,
    ),
    ...some(copies.map(exists), REASONS.parentUnowned),
    ...some(copies.map(pointsSomewhere), REASONS.parentMissing),
    `ELSE '${REASONS.noParent}'`,
  ];
}

function disagree(derivation: Derivation, column: OwnerColumn): string {
  const ways = derivation.answers.filter(({ kind }) => kind !== 'default');
  const answers = ways.map((answer) => `SELECT ${answerSql(derivation, answer, 't', column)}`);
  return `(SELECT count(DISTINCT a.owner) > 1 FROM (${answers.join(' UNION ALL ')}) AS a(owner))`;
}

function haveSeveralOwners({ parent, on, owner }: CopyAnswer): string {
  return `(SELECT count(DISTINCT p.${ident(owner)}) > 1 FROM ${parent.sql} AS p WHERE ${joinSql(on, 't')})`;
}

function exists({ parent, on }: CopyAnswer): string {
  return `EXISTS (SELECT FROM ${parent.sql} AS p WHERE ${joinSql(on, 't')})`;
}

function pointsSomewhere({ on }: CopyAnswer): string {
  return `(${on.map(({ child }) => `t.${ident(child)} IS NOT NULL`).join(' AND ')})`;
}
