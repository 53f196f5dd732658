import type { Table } from '../catalogue/catalogue.js';
import { findTable } from '../catalogue/tables.js';
import { objectName } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { foreignKeySteps, validateStep } from './foreign-key-steps.js';
import { organizationsSql } from './organization-steps.js';
import { freeName, placesOf } from './owned-tables.js';
import type { Step } from './phase.js';

/** The foreign key from the organization column to the organizations. */
export function organizationKeySteps(work: Work, derivation: Derivation): Step[] {
  if (derivation.table.name === work.plan.organization.table) return [];
  return placesOf(derivation).flatMap((table) => keySteps(work, table));
}

function keySteps(work: Work, table: Table): Step[] {
  const { id } = work.plan.organization;
  const { name: column } = ownerColumn(work);
  const organizations = findTable(work.catalogue, work.plan.organization.table);
  const there = table.foreignKeys.find(
    (key) => !key.isOfPartitions && key.references === organizations?.oid && key.columns.join() === column,
  );
  const name = nameOf(table, column, there?.name);
  if (there) return there.name === name && table.kind === 'ordinary' ? [validateStep({ table, name })] : [];
  return foreignKeySteps(work.catalogue, {
    table,
    name,
    columns: [column],
    references: organizationsSql(work),
    referencedColumns: [id],
    rest: '',
    isValidated: true,
  });
}

function nameOf(table: Table, column: string, there: string | undefined): string {
  const names = [
    objectName(table.localName, column, 'fkey'),
    objectName(table.localName, column, 'organizations', 'fkey'),
  ];
  return freeName(
    names,
    (name) => name !== there && table.foreignKeys.some((key) => key.name === name && !key.isOfPartitions),
  );
}
