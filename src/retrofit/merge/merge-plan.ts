import { readCatalogue } from '../catalogue/read-catalogue.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { findTable, tableSqlOf } from '../catalogue/tables.js';
import { SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Drift } from './drift.js';
import type { OrganizationPlan } from '../plan/plan.js';
import { ownEnums } from './own-types.js';
import type { OwnEnum } from './own-types.js';
import { designShared } from './shared-tables.js';
import type { SharedTable } from './shared-table.js';
import type { Target } from './structure.js';
import { tenantSchemas, tenantTables } from './tenants.js';

/** What a merge is going to do. */
export interface MergePlan {
  /** Of the tenants, by name. */
  schemas: string[];
  target: Target;
  tables: SharedTable[];
  enums: OwnEnum[];
  drift: Drift;
}

export interface Wanted {
  /** Of the tenants' schemas: `tenant_*`. */
  pattern: string;
  organization: OrganizationPlan;
}

/**
 * @param into the schema of the shared tables
 * @throws RetrofitError where there is nothing to merge
 */
export async function mergePlan(session: Session, into: string, { pattern, organization }: Wanted): Promise<MergePlan> {
  const schemas = await tenantSchemas(session, pattern, into);
  const catalogue = await readCatalogue(session);
  const [tables, enums] = [tenantTables(catalogue, schemas), await ownEnums(session, schemas)];
  if (tables.length === 0) throw new RetrofitError(`The schemas ${schemas.join(', ')} have no tables`);
  const { shared, drift } = await designShared(session, catalogue, { schemas, into, tables, enums });
  drift.faults.push(...(await inTheWay(session, catalogue, into, shared)), ...columnsInTheWay(shared, organization));
  return { schemas, target: targetIn(catalogue, into, organization), tables: shared, enums, drift };
}

function targetIn(catalogue: Catalogue, schema: string, organization: OrganizationPlan): Target {
  const key = findTable(catalogue, organization.table)?.columns.find(({ name }) => name === organization.id);
  return {
    schema,
    owner: organization.column,
    ownerType: key?.baseType ?? 'text',
    organizations: tableSqlOf(catalogue, organization.table),
    organizationKey: organization.id,
    serverVersion: catalogue.serverVersion,
  };
}

/** Tables of these names that are somebody else's. */
async function inTheWay(
  session: Session,
  catalogue: Catalogue,
  into: string,
  tables: SharedTable[],
): Promise<string[]> {
  const { found } = await session.row<{ found: boolean }>(
    `SELECT to_regclass('${SCHEMA}.merge_tables') IS NOT NULL AS found`,
  );
  const ours = found ? await session.rows<{ table_name: string }>(`SELECT table_name FROM ${SCHEMA}.merge_tables`) : [];
  return tables
    .map(({ name }) => nameIn(into, name))
    .filter((name) => findTable(catalogue, name) && !ours.some(({ table_name }) => table_name === name))
    .map(
      (name) =>
        `${name}: a table of this name exists already, and is not of an earlier merge. Choose another schema by --into, or rename it`,
    );
}

/** The shared tables need the name themselves. */
function columnsInTheWay(tables: SharedTable[], { column }: OrganizationPlan): string[] {
  return tables
    .filter(({ columns }) => columns.some(({ name }) => name === column))
    .map(
      ({ name }) =>
        `${name}.${column}: the organization needs this name. Rename the column, or name another one in a plan: organization: { column: … }`,
    );
}

/** As the catalogue calls it. */
export function nameIn(schema: string, table: string): string {
  return schema === 'public' ? table : `${schema}.${table}`;
}
