import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { hasColumn } from '../catalogue/tables.js';
import { organizationIdType } from './check-organization.js';
import { canBeId } from './comparable.js';
import { suggestion } from './nearest.js';
import type { Plan } from './plan.js';
import { tableFound } from './table-found.js';

export function checkSource(plan: Plan, catalogue: Catalogue): string[] {
  return [...checkEach(plan, catalogue), ...checkDefault(plan, catalogue)];
}

function checkEach({ source: { each, name }, tables }: Plan, catalogue: Catalogue): string[] {
  if (each === undefined) return [];
  const table = tableFound(catalogue, each);
  if (typeof table === 'string') return [`source.each: ${table}`];
  const faults: string[] = [];
  if (!(each in tables)) faults.push(`source.each: expected ${each} in tables too`);
  if (table.primaryKey === null)
    faults.push(
      `source.each: expected a table with a primary key, which organizations' ids are made of; ${each} has none`,
    );
  if (name !== undefined && !hasColumn(table, name))
    faults.push(`source.name: ${each} has no column ${name}${suggestion(name, namesOf(table))}`);
  return faults;
}

function checkDefault(plan: Plan, catalogue: Catalogue): string[] {
  const id = plan.source.default?.id;
  const type = organizationIdType(plan, catalogue);
  return id === undefined || canBeId(id, type)
    ? []
    : [`source.default.id: expected a value of type ${type}, found "${id}"`];
}

const namesOf = ({ columns }: Table): string[] => columns.map(({ name }) => name);
