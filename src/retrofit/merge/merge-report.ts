import Table from 'cli-table3';
import { count } from '../run/progress.js';
import type { MergedTenant } from './merge.js';

/** What came over, tenant by tenant. Rows and sums were compared before each tenant was committed. */
export function describeMerged(tenants: MergedTenant[]): string {
  const grid = new Table({
    head: ['tenant', 'organization', 'table', 'rows', 'with new ids', 'sums'],
    style: { head: [], border: [], compact: true },
  });
  for (const { schema, organization, tables } of tenants)
    for (const { table, rows, renumbered, sums } of tables)
      grid.push([schema, organization, table, count(rows), count(renumbered), `${Object.keys(sums).length} equal`]);
  return `${grid.toString()}\nThe schemas of the tenants are as they were; drop them when nobody needs them any more. To separate the organizations: 'retrofit plan --existing'`;
}
