import type { Catalogue } from '../catalogue/catalogue.js';
import { rootTables } from '../catalogue/tables.js';
import { checkChains } from './check-chains.js';
import { checkCopies } from './check-copies.js';
import { checkOrganization, organizationIdType } from './check-organization.js';
import { checkRights } from './check-rights.js';
import { checkRoles } from './check-roles.js';
import { checkSource } from './check-source.js';
import { canBeId } from './comparable.js';
import { organizationColumnFaults } from './check-column.js';
import type { Plan, TablePlan } from './plan.js';
import { tableFound } from './table-found.js';

/** What in a plan does not fit the database, one sentence for each: where, and what was expected. Empty where it fits. */
export function checkPlan(plan: Plan, catalogue: Catalogue): string[] {
  const tables = Object.entries(plan.tables).flatMap(([name, table]) =>
    checkTable(plan, catalogue, name, table).map((fault) => `tables.${name}${fault}`),
  );
  return [
    ...checkOrganization(plan, catalogue),
    ...checkSource(plan, catalogue),
    ...checkRoles(plan, catalogue),
    ...tables,
    ...checkChains(plan),
    ...undecided(plan, catalogue),
  ];
}

/** Each begins with the rest of the path. */
function checkTable(plan: Plan, catalogue: Catalogue, name: string, tablePlan: TablePlan): string[] {
  const table = tableFound(catalogue, name);
  if (typeof table === 'string') return [`: ${table}`];
  if (name === plan.organization.table)
    return tablePlan.shared ? [] : [': the table of organizations itself; expected no entry'];
  if (tablePlan.shared)
    return plan.source.each === name ? ['.shared: expected to be left out, since source.each names it'] : [];
  return [
    ...checkRights(catalogue, table).map((fault) => `: ${fault}`),
    ...organizationColumnFaults(plan, catalogue, table, tablePlan),
    ...checkCopies(plan, catalogue, table, tablePlan),
    ...checkDecisions(plan, catalogue, tablePlan),
  ];
}

function checkDecisions(
  plan: Plan,
  catalogue: Catalogue,
  { copy, conflicts, unowned, default: fallback }: TablePlan,
): string[] {
  const type = organizationIdType(plan, catalogue);
  const faults: string[] = [];
  if (copy.length > 1 && conflicts === null)
    faults.push(
      `.conflicts: expected first or quarantine, since the ${copy.length} ways of copy may disagree ('retrofit plan' counts the rows)`,
    );
  if (fallback && !plan.source.default)
    faults.push('.default: expected source.default, which says which organization that is');
  if (typeof unowned === 'object' && !canBeId(unowned.give, type))
    faults.push(`.unowned.give: expected a value of type ${type}, found "${unowned.give}"`);
  return faults;
}

function undecided({ tables, organization, source }: Plan, catalogue: Catalogue): string[] {
  return rootTables(catalogue)
    .filter(
      ({ name, schema }) => !(name in tables) && name !== organization.table && !isTenants(schema, source.schemas),
    )
    .map(({ name }) => `tables.${name}: not decided: copy, shared, nullable or default`);
}

/** Schemas of tenants are merged, table by table, into those that the plan speaks of. */
function isTenants(schema: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return false;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(schema);
}
