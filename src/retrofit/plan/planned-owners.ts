import { REASONS } from '../backfill/reasons.js';
import type { Session } from '../database/session.js';
import { hasColumn } from '../catalogue/tables.js';
import { ident, literal } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import { combined, OwnerQuery } from './owner-query.js';
import type { AnswerColumn } from './owner-query.js';
import type { DerivedRelations, OwnAnswer } from './owner-relation.js';

/** What a plan would find in one table. */
export interface PlannedOwners {
  rows: number;
  /** Rows that have an organization in their column already. */
  owned: number;
  /** Rows for which two ways of the plan lead to different organizations. */
  conflicts: number;
  /** Rows that would have none, by reason. */
  orphans: Record<string, number>;
}

/** Asks the rows as they are now, in one query; nothing needs to have been made for it. */
export async function plannedOwners(
  session: Session,
  relations: DerivedRelations,
  derivation: Derivation,
  column: string,
): Promise<PlannedOwners> {
  const { found } = await session.row<{ found: PlannedOwners }>(plannedSql(relations, derivation, column));
  return found;
}

function plannedSql(relations: DerivedRelations, derivation: Derivation, column: string): string {
  const { table } = derivation;
  const relation = relations.of(derivation);
  const query = new OwnerQuery();
  const given = relations.answersOf(derivation);
  const answers = given.map((answer) => query.answer(relation, answer, 't'));
  const held = hasColumn(table, column) ? `t.${ident(column)}::text COLLATE "C"` : 'NULL::text';
  const owners = answers.map(({ owner }) => owner);
  const owner = combined(
    [...(derivation.hasColumn ? [held] : []), combined(owners, derivation.quarantinesConflicts)],
    false,
  );
  const conflict = owners.length > 1 ? `least(${owners.join(', ')}) <> greatest(${owners.join(', ')})` : 'false';
  const asked = `asked AS (SELECT ${held} AS held, ${owner} AS owner, ${conflict} AS differs, ${reasonSql(derivation, given, answers)} AS reason
    FROM ${table.sql} AS t${answers.map(({ join }) => join).join('')})`;
  return `${query.with(asked)}SELECT jsonb_build_object(
    'rows', count(*), 'owned', count(held), 'conflicts', count(*) FILTER (WHERE differs),
    'orphans', (SELECT coalesce(jsonb_object_agg(r.reason, r.n), '{}') FROM
      (SELECT reason, count(*) AS n FROM asked WHERE owner IS NULL GROUP BY reason) AS r)) AS found FROM asked`;
}

/** In the words, and the order, of the quarantine. */
function reasonSql({ quarantinesConflicts }: Derivation, given: OwnAnswer[], answers: AnswerColumn[]): string {
  if (answers.length === 0) return literal(REASONS.noWay);
  const ways = answers.filter((_, place) => given[place]?.kind === 'via');
  const owners = answers.map(({ owner }) => owner).join(', ');
  const named = given.flatMap((answer) =>
    answer.kind === 'via' ? [`(${answer.on.map(({ child }) => `t.${ident(child)} IS NOT NULL`).join(' AND ')})`] : [],
  );
  const when = (condition: string[], reason: string) =>
    condition.length > 0 ? [`WHEN ${condition.join(' OR ')} THEN ${literal(reason)}`] : [];
  const branches = [
    ...when(
      quarantinesConflicts && answers.length > 1 ? [`least(${owners}) <> greatest(${owners})`] : [],
      REASONS.waysDisagree,
    ),
    ...when(
      ways.map(({ isFound }) => isFound),
      REASONS.parentUnowned,
    ),
    ...when(named, REASONS.parentMissing),
  ];
  return branches.length > 0
    ? `CASE ${branches.join(' ')} ELSE ${literal(REASONS.noParent)} END`
    : literal(REASONS.noWay);
}
