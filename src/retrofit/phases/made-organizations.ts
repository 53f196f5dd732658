import { findTable, hasColumn } from '../catalogue/tables.js';
import { ident, SCHEMA } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { organizationsSql } from './organization-steps.js';

/** Whether the table of organizations is the tool's: expand has made it, or will. */
export async function isMade({ journal, plan, catalogue }: Work): Promise<boolean> {
  const { table } = plan.organization;
  if (!findTable(catalogue, table)) return true;
  return (await journal.exists()) && (await journal.doneIn('expand')).has(`${table}: table of organizations`);
}

/**
 * Takes organizations out again that the tool has put into the user's table, those left out that somebody points to: what they
 * stand for would be lost, or go with them. How many were left; 0 where the table is the tool's, or gone.
 */
export async function forgetOrganizations(work: Work): Promise<number> {
  const { session, plan, catalogue } = work;
  const table = findTable(catalogue, plan.organization.table);
  if (!table || (await isMade(work))) return 0;
  const mine = `o.${ident(plan.organization.id)}::text IN (SELECT id FROM ${SCHEMA}.organizations)`;
  await session.run(
    `DELETE FROM ${organizationsSql(work)} AS o WHERE ${[mine, ...unreferenced(work, table.oid)].join(' AND ')}`,
  );
  const { left } = await session.row<{ left: number }>(
    `SELECT count(*)::float8 AS left FROM ${organizationsSql(work)} AS o WHERE ${mine}`,
  );
  return left;
}

function unreferenced({ catalogue, plan }: Work, oid: number): string[] {
  const pointing = catalogue.tables.flatMap((table) =>
    table.foreignKeys.filter((key) => key.references === oid).map((key) => ({ table, key })),
  );
  const byKeys = pointing.map(({ table, key }) => {
    const on = key.columns.map(
      (column, place) => `c.${ident(column)} = o.${ident(key.referencedColumns[place] ?? '')}`,
    );
    return `NOT EXISTS (SELECT FROM ${table.sql} AS c WHERE ${on.join(' AND ')})`;
  });
  const { column, id } = plan.organization;
  const byColumns = catalogue.tables
    .filter((table) => table.oid !== oid && table.parentOid === null && hasColumn(table, column))
    .map(({ sql }) => `NOT EXISTS (SELECT FROM ${sql} AS c WHERE c.${ident(column)}::text = o.${ident(id)}::text)`);
  return [...byKeys, ...byColumns];
}
