import type { KeyFacts, PolicyFacts, ReferenceFacts, TableFacts } from './doctor-catalogue.js';
import { kindOf, orgColumnOf } from './shared-tables.js';

const APP = 'polydesk_app';
const SYSTEM = 'polydesk_system';

/** What of a table is looked at; each answers with its faults, none where all is well. */
export const TABLE_CHECKS = { organization, keys, references, security, form } as const;

/** The column that says whose a row is: text everywhere, and never empty. */
function organization({ table, columns }: TableFacts): string[] {
  if (kindOf(table) === 'shared') return [];
  const name = orgColumnOf(table);
  const column = columns[name];
  if (!column) return [`has no ${name}: add it, or list the table in shared-tables.ts with the reason`];
  const faults = column.type === 'text' ? [] : [`${name} is ${column.type}, not text as everywhere`];
  return column.isRequired ? faults : [...faults, `${name} may be null`];
}

/** A primary key, and the organization first in every unique one: no other holds once rows are spread over machines. */
function keys({ table, keys: found }: TableFacts): string[] {
  const kind = kindOf(table);
  if (kind === 'shared') return [];
  const missing = found.some(({ isPrimary }) => isPrimary) ? [] : ['has no primary key'];
  if (kind === 'directory') return missing;
  const column = orgColumnOf(table);
  const wrong = (key: KeyFacts) => key.columns[0] !== column;
  return [...missing, ...found.filter(wrong).map(({ name }) => `${name} does not begin with ${column}`)];
}

/** To the organization, and to other tables of organizations only together with it. */
function references({ table, references: found, columns }: TableFacts): string[] {
  if (kindOf(table) !== 'tenant' || !columns['org_id']) return [];
  const toOwner = found.some(({ target, columns: [first] }) => target === 'organizations' && first === 'org_id');
  return [...(toOwner ? [] : ['has no foreign key to organizations']), ...found.flatMap(referenceFaults)];
}

function referenceFaults({
  name,
  columns,
  target,
  targetColumns,
  isValid,
  onDelete,
  onUpdate,
}: ReferenceFacts): string[] {
  const faults: string[] = [];
  const isTogether = columns.some((column, n) => column === 'org_id' && targetColumns[n] === orgColumnOf(target));
  if (kindOf(target) !== 'shared' && !isTogether) faults.push(`${name} can point into another organization`);
  if (!isValid) faults.push(`${name} was never validated`);
  if (onDelete === 'n' || onDelete === 'd') faults.push(`${name} would empty org_id when its target goes`);
  if (onUpdate === 'c') faults.push(`${name} would change org_id with its target`);
  return faults;
}

/** Row-level security with exactly the policy that compares the organization with the bound one. */
function security(facts: TableFacts): string[] {
  if (kindOf(facts.table) === 'shared') return [];
  const faults = facts.hasRowSecurity ? [] : ['row-level security is off'];
  if (facts.isForced)
    faults.push('row-level security is forced on the owner: shard moves and key checks would see no rows');
  const forApp = facts.policies.filter(({ roles }) => roles.includes(APP) || roles.includes('public'));
  const isExpected = (policy: PolicyFacts) => comparesOrganization(policy, orgColumnOf(facts.table));
  if (!forApp.some(isExpected)) faults.push(`no policy holds ${APP} to the bound organization`);
  for (const policy of forApp)
    if (policy.permissive === 'PERMISSIVE' && !isExpected(policy))
      faults.push(`policy ${policy.name} opens it to ${APP}`);
  if (!facts.policies.some(({ roles }) => roles.includes(SYSTEM))) faults.push(`no policy for ${SYSTEM}`);
  return faults;
}

/** As Postgres prints it back; with no organization bound it is null, or by `coalesce` false: neither shows a row. */
function comparesOrganization({ cmd, qual, check }: PolicyFacts, column: string): boolean {
  const comparison = `(${column} = ANY (ARRAY[current_setting('app.org_id'::text, true)]))`;
  const isExpected = (text: string | null) => text === comparison || text === `COALESCE(${comparison}, false)`;
  return cmd === 'ALL' && isExpected(qual) && (check === null || isExpected(check));
}

/** What a sharded or replicated table cannot have. */
function form({ table, isUnlogged, triggers }: TableFacts): string[] {
  if (kindOf(table) === 'shared') return [];
  const faults = triggers.map((name) => `trigger ${name}: not on tables of organizations`);
  return isUnlogged ? [...faults, 'is unlogged: a crash would empty it'] : faults;
}
