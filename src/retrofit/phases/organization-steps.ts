import { findTable, tableSqlOf } from '../catalogue/tables.js';
import { ident, literal, SCHEMA } from '../database/sql.js';
import type { Derivation, ItselfAnswer } from '../derivation/derivation.js';
import { organizationIdSql } from '../derivation/owner-sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { Step } from './phase.js';

/** The table of organizations, where there is none. */
export function organizationSteps(work: Work): Step[] {
  const { table, id } = work.plan.organization;
  if (findTable(work.catalogue, table)) return [];
  const columns = [
    `${ident(id)} ${ownerColumn(work).type} PRIMARY KEY`,
    `"name" text NOT NULL`,
    `"created_at" timestamptz NOT NULL DEFAULT now()`,
  ];
  return [
    {
      phase: 'expand',
      name: `${table}: table of organizations`,
      table,
      lock: null,
      does: [`CREATE TABLE IF NOT EXISTS ${organizationsSql(work)} (${columns.join(', ')})`],
      undoes: [`DROP TABLE IF EXISTS ${organizationsSql(work)}`],
      how: 'transaction',
    },
  ];
}

/** The table of organizations, quoted, with its schema. */
export function organizationsSql({ plan, catalogue }: Pick<Work, 'plan' | 'catalogue'>): string {
  return tableSqlOf(catalogue, plan.organization.table);
}

/**
 * Makes the organizations that do not exist yet, and notes them as made by the tool, so that a rollback knows them.
 * Statements; they can be repeated.
 */
export function makeOrganizations(work: Work): string[] {
  const { source } = work.plan;
  const made: string[] = [];
  if (source.default)
    made.push(
      makeSql(work, `SELECT ${literal(source.default.id)}::${ownerColumn(work).type}, ${literal(source.default.name)}`),
    );
  for (const derivation of work.derivations)
    for (const answer of derivation.answers)
      if (answer.kind === 'itself')
        made.push(makeSql(work, `${rowsOf(work, derivation, answer, `${derivation.table.sql} AS t`)}`));
  return made;
}

/** The organization of one row, in a trigger. */
export function makeOrganizationOf(work: Work, derivation: Derivation, answer: ItselfAnswer): string {
  return makeSql(work, rowsOf(work, derivation, answer, '(SELECT NEW.*) AS t'));
}

function rowsOf(work: Work, { table }: Derivation, { key, where }: ItselfAnswer, from: string): string {
  const id = organizationIdSql(table.localName, key, 't', ownerColumn(work).type);
  const { name } = work.plan.source;
  const named = name === undefined ? `${id}::text` : `coalesce(t.${ident(name)}::text, ${id}::text)`;
  const condition =
    where === null ? '' : ` WHERE EXISTS (SELECT FROM (SELECT t.*) AS ${ident(table.localName)} WHERE (${where}))`;
  return `SELECT ${id}, ${named} FROM ${from}${condition}`;
}

function makeSql(work: Work, rows: string): string {
  const { id } = work.plan.organization;
  return `WITH made AS (
      INSERT INTO ${organizationsSql(work)} (${ident(id)}, "name") ${rows} ON CONFLICT (${ident(id)}) DO NOTHING RETURNING ${ident(id)}::text AS id
    ) INSERT INTO ${SCHEMA}.organizations (id) SELECT id FROM made ON CONFLICT DO NOTHING`;
}
