import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { descendantsOf } from '../catalogue/tables.js';
import { organizationIdType } from './check-organization.js';
import type { Plan, TablePlan } from './plan.js';

/** Whether the organization column is there where a plan says so, and nowhere else. */
export function organizationColumnFaults(
  plan: Plan,
  catalogue: Catalogue,
  table: Table,
  { existing }: TablePlan,
): string[] {
  const { column } = plan.organization;
  const type = organizationIdType(plan, catalogue);
  const found = table.columns.find(({ name }) => name === column);
  if (existing && !found) return [`.existing: expected a column ${column} in the table, found none`];
  if (existing && found?.isGenerated)
    return [`.existing: expected a column that can be written, but ${column} is generated`];
  if (existing && found && found.baseType !== type)
    return [`.existing: expected ${column} of type ${type}, as the key of organizations is, found ${found.type}`];
  if (existing) return [];
  return [table, ...descendantsOf(catalogue, table)]
    .filter(({ columns }) => columns.some(({ name }) => name === column))
    .map(
      ({ name }) =>
        `: ${name} has a column ${column} already; say existing: true if it holds organizations, or choose another organization.column`,
    );
}
