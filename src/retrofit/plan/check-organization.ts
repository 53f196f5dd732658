import type { Catalogue, Column, Table } from '../catalogue/catalogue.js';
import { partsOfName } from '../catalogue/table-name.js';
import { findTable, isUniqueOn } from '../catalogue/tables.js';
import { checkRights } from './check-rights.js';
import { canBeMade } from './comparable.js';
import { suggestion } from './nearest.js';
import type { Plan } from './plan.js';
import { tableFound } from './table-found.js';

/** Of the table that the tool makes. */
const DEFAULT_TYPE = 'text';
/** What the tool calls an organization. */
const NAME = 'name';

/** The type of the organizations' key, as in {@link Column.baseType}. */
export function organizationIdType({ organization }: Plan, catalogue: Catalogue): string {
  const columns = findTable(catalogue, organization.table)?.columns ?? [];
  return columns.find(({ name }) => name === organization.id)?.baseType ?? DEFAULT_TYPE;
}

/** The table of organizations: it is there, or can be made. */
export function checkOrganization(plan: Plan, catalogue: Catalogue): string[] {
  const { table: name, id } = plan.organization;
  const table = tableFound(catalogue, name);
  const faults = typeof table === 'string' ? checkMissing(plan, catalogue, table) : checkFound(plan, catalogue, table);
  const clash =
    plan.source.each === name
      ? [
          `organization.table: expected another table than source.each, since ${name} cannot be both; its rows may be organizations as they are, with source: { existing: true }`,
        ]
      : [];
  return [
    ...faults,
    ...clash,
    ...(id === NAME && makesSome(plan)
      ? ['organization.id: expected another name than name, which is what organizations are called by']
      : []),
  ];
}

function checkMissing(plan: Plan, catalogue: Catalogue, why: string): string[] {
  if (!why.startsWith('no such table')) return [`organization.table: ${why}`];
  if (plan.source.existing) return [`organization.table: ${why} (source.existing says that organizations exist)`];
  const schema = partsOfName(plan.organization.table)?.schema;
  const neighbour = catalogue.tables.find((table) => table.schema === schema);
  return neighbour?.mayBeIndexed === false
    ? [`organization.table: ${catalogue.role.name} may not make a table in the schema ${neighbour.schema}`]
    : [];
}

function checkFound(plan: Plan, catalogue: Catalogue, table: Table): string[] {
  const { id } = plan.organization;
  const key = table.columns.find(({ name }) => name === id);
  const rights = checkRights(catalogue, table).map((fault) => `organization.table: ${fault}`);
  if (!key) return [...rights, `organization.id: ${table.name} has no column ${id}${suggestion(id, namesOf(table))}`];
  const keyFaults = isUniqueOn(table, [id])
    ? []
    : [`organization.id: expected the primary key of ${table.name}, or a unique column`];
  return [...rights, ...keyFaults, ...(makesSome(plan) ? checkMaking(plan, table, key) : [])];
}

/** Organizations are inserted with their id and name alone. */
function checkMaking({ organization: { id } }: Plan, table: Table, key: Column): string[] {
  const faults: string[] = [];
  if (!canBeMade(key.baseType) || key.isGenerated)
    faults.push(
      `organization.id: expected a column of type text or uuid, since organizations are made, found ${key.type}`,
    );
  if (!namesOf(table).includes(NAME))
    faults.push(`organization.table: expected a column ${NAME} in ${table.name}, since organizations are made`);
  const others = table.columns.filter((column) => column.name !== id && column.name !== NAME && mustBeGiven(column));
  for (const { name } of others)
    faults.push(
      `organization.table: ${table.name}.${name} is NOT NULL and has no default, so that no organization can be made; give it one`,
    );
  return faults;
}

const makesSome = ({ source }: Plan): boolean => source.each !== undefined || source.default !== undefined;
const mustBeGiven = (column: Column): boolean =>
  !column.isNullable && column.default === null && !column.isGenerated && !column.isIdentity;
const namesOf = ({ columns }: Table): string[] => columns.map(({ name }) => name);
