import type { Table, View } from '../catalogue/catalogue.js';
import { findTable } from '../catalogue/tables.js';
import { ident } from '../database/sql.js';
import type { Work } from '../run/work.js';
import type { ApplicationRole } from './application-role.js';
import type { Step } from './phase.js';

/**
 * Rights of the application's role: everything on owned tables, which policies narrow, and reading of shared ones, since what
 * one organization wrote there all others would see. Partitions and heirs are reached through the whole, never by themselves.
 * Where the role has rights on a table already, somebody has decided; they are left as they are.
 */
export function grantSteps(work: Work, role: ApplicationRole, views: View[]): Step[] {
  const owned = work.derivations.map(({ table }) => ({ table, rights: 'SELECT, INSERT, UPDATE, DELETE' }));
  const shared = sharedTables(work).map((table) => ({ table, rights: 'SELECT' }));
  const granted = [...owned, ...shared].filter(({ table }) => !table.grantees.includes(role.name));
  const schemas = [...new Set([...granted.map(({ table }) => table), ...views].map(({ schema }) => schema))].filter(
    (schema) => !role.schemas.includes(schema),
  );
  return [
    ...schemas.map((schema) => grantStep(role, `schema ${schema}`, null, [`USAGE ON SCHEMA ${ident(schema)}`])),
    ...granted.map(({ table, rights }) =>
      grantStep(role, table.name, table.name, [`${rights} ON TABLE ${table.sql}`, ...sequenceRights(table, rights)]),
    ),
  ];
}

/** Reading of a view, for a role that reads through it with its own rights. */
export function viewGrant(role: ApplicationRole, { name, sql, grantees }: View): Step[] {
  return grantees.includes(role.name) ? [] : [grantStep(role, name, null, [`SELECT ON TABLE ${sql}`])];
}

/** Tables that belong to all organizations; the organizations themselves too. */
export function sharedTables({ plan, catalogue, derivations }: Work): Table[] {
  const names = Object.entries(plan.tables).flatMap(([name, { shared }]) => (shared ? [name] : []));
  const isOwned = derivations.some(({ table }) => table.name === plan.organization.table);
  return [...new Set([...names, ...(isOwned ? [] : [plan.organization.table])])].flatMap(
    (name) => findTable(catalogue, name) ?? [],
  );
}

function grantStep({ name }: ApplicationRole, what: string, table: string | null, rights: string[]): Step {
  return {
    phase: 'isolate',
    name: `${what}: rights of ${name}`,
    table,
    lock: null,
    does: rights.map((right) => `GRANT ${right} TO ${ident(name)}`),
    undoes: rights.map((right) => `REVOKE ${right} FROM ${ident(name)}`),
    how: 'transaction',
  };
}

/** Whoever inserts takes numbers from the sequences of defaults; those of identity columns need no rights. */
function sequenceRights({ columns }: Table, rights: string): string[] {
  if (!rights.includes('INSERT')) return [];
  const names = columns.flatMap(
    (column) => /^nextval\('((?:[^']|'')+)'::regclass\)$/.exec(column.default ?? '')?.[1]?.replaceAll("''", "'") ?? [],
  );
  return [...new Set(names)].map((name) => `USAGE ON SEQUENCE ${name}`);
}
