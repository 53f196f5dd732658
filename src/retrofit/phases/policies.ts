import type { Table } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { Step } from './phase.js';

/** Lets whoever has rights on a table see the rows of the organization that the session acts for. */
export const ORGANIZATION_POLICY = 'organization';
/** Keeps the application's role to them, whatever other policies allow. */
export const ONLY_ORGANIZATION_POLICY = 'only_organization';
/** Lets code go on that knows of no organizations. Goes with contract. */
export const ANY_ORGANIZATION_POLICY = 'any_organization_until_contract';

/**
 * The organization that the session acts for, as SQL: null for nobody, and for whatever cannot be an organization. A custom
 * setting that was set with SET LOCAL reads '' once that has ended, not null.
 */
export function settingSql(work: Work): string {
  const { type } = ownerColumn(work);
  const setting = `current_setting(${literal(work.plan.organization.setting)}, true)`;
  const form = formOf(type, setting);
  if (form !== null) return `CASE WHEN ${form} THEN ${setting}::${type} END`;
  return `NULLIF(${setting}, '')${type === 'text' ? '' : `::${type}`}`;
}

/** A condition that the setting is a value of the type: casting anything else would fail. */
function formOf(type: string, setting: string): string | null {
  const largest = LARGEST[type];
  if (type === 'uuid') return `${setting} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`;
  if (type === 'numeric') return `${setting} ~ '^-?[0-9]{1,30}$'`;
  if (largest === undefined) return null;
  return `CASE WHEN ${setting} ~ '^-?[0-9]{1,19}$' THEN abs(${setting}::numeric) <= ${largest} END`;
}

const LARGEST: Record<string, string> = { smallint: '32767', integer: '2147483647', bigint: '9223372036854775807' };

/**
 * Row-level security for one table, forced on its owner too. A table that has it already keeps its policies, which go on to
 * decide; its organization narrows them for the application's role.
 * @param column what says whose a row is
 */
export function policyStep(work: Work, table: Table, column: string): Step {
  const { isEnabled, isForced } = table.rowSecurity;
  const policies = isEnabled ? narrowing(work, table, column) : deciding(work, table, column);
  const forces = isEnabled ? [] : ['FORCE'];
  return {
    phase: 'isolate',
    name: `${table.name}: row-level security`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    does: [
      ...policies.flatMap(({ name, sql }) => [dropPolicy(table, name), sql]),
      ...(isEnabled ? [] : switches(table, ['ENABLE', ...forces])),
    ],
    undoes: [
      ...(isEnabled ? [] : switches(table, ['DISABLE', ...(isForced ? [] : ['NO FORCE'])])),
      ...policies.map(({ name }) => dropPolicy(table, name)),
    ],
    how: 'transaction',
  };
}

/** Takes the policy away by which code goes on that knows of no organizations. */
export function contractPolicyStep(table: Table): Step {
  const drop = dropPolicy(table, ANY_ORGANIZATION_POLICY);
  return {
    phase: 'contract',
    name: `${table.name}: no policy for code that knows of no organizations`,
    table: table.name,
    lock: 'ACCESS EXCLUSIVE',
    does: [drop],
    undoes: [drop, anyOrganization(table).sql],
    how: 'transaction',
  };
}

interface Policy {
  name: string;
  sql: string;
}

function deciding(work: Work, table: Table, column: string): Policy[] {
  return [
    anyOrganization(table),
    {
      name: ORGANIZATION_POLICY,
      sql: policySql(table, ORGANIZATION_POLICY, 'PERMISSIVE', 'PUBLIC', isOwn(work, column)),
    },
    ...narrowing(work, table, column),
  ];
}

function narrowing(work: Work, table: Table, column: string): Policy[] {
  const role = ident(work.plan.application.role);
  return [
    {
      name: ONLY_ORGANIZATION_POLICY,
      sql: policySql(table, ONLY_ORGANIZATION_POLICY, 'RESTRICTIVE', role, isOwn(work, column)),
    },
  ];
}

/** PostgreSQL folds `true OR …` away: the application's role is left with one comparison, which indexes serve. */
function anyOrganization(table: Table): Policy {
  return {
    name: ANY_ORGANIZATION_POLICY,
    sql: policySql(table, ANY_ORGANIZATION_POLICY, 'PERMISSIVE', 'PUBLIC', 'true'),
  };
}

const isOwn = (work: Work, column: string): string => `${ident(column)} = ${settingSql(work)}`;

function policySql({ sql }: Table, name: string, kind: string, role: string, condition: string): string {
  return `CREATE POLICY ${ident(name)} ON ${sql} AS ${kind} FOR ALL TO ${role} USING (${condition}) WITH CHECK (${condition})`;
}

function dropPolicy({ sql }: Table, name: string): string {
  return `DROP POLICY IF EXISTS ${ident(name)} ON ${sql}`;
}

function switches({ sql }: Table, words: string[]): string[] {
  return words.map((word) => `ALTER TABLE ${sql} ${word} ROW LEVEL SECURITY`);
}
