import Table from 'cli-table3';
import { PROBES } from '../platform/database/doctor-probe.js';
import type { DatabaseReport, TableCheck, TableReport } from '../platform/database/doctor.js';
import type { Diagnosis } from './diagnosis.js';

const CHECKS: Record<TableCheck, string> = {
  organization: 'org column',
  keys: 'key',
  references: 'foreign keys',
  security: 'RLS',
  form: 'form',
  grants: 'grants',
};
const COLUMNS: TableCheck[] = ['organization', 'keys', 'references', 'security', 'form', 'grants'];

/** A diagnosis for the person at a terminal. */
export function describeDiagnosis({ faults, database }: Diagnosis): string {
  const found = faults.map((fault) => `  ✗ ${fault}`);
  const verdict =
    faults.length === 0
      ? ['Nothing is wrong.']
      : [faults.length === 1 ? 'One fault:' : `${faults.length} faults:`, ...found];
  return [...(database ? describeDatabase(database) : ['The database was not looked at.']), '', ...verdict].join('\n');
}

function describeDatabase({ tables, roles, sideDoors, queue, migrations }: DatabaseReport): string[] {
  const shared = tables.filter(({ reason }) => reason !== null);
  return [
    grid(tables),
    ...shared.map(({ table, reason }) => `shared: ${table} (${reason})`),
    ...Object.entries(roles).map(([role, found]) => `${mark(found)} role ${role}: owns nothing, bypasses nothing`),
    `${mark(sideDoors)} no views or functions around row-level security`,
    `${mark(queue)} the job queue is out of the serving role's reach`,
    `${mark(migrations)} migrations applied`,
  ];
}

function grid(tables: TableReport[]): string {
  const head = ['table', ...COLUMNS.map((check) => CHECKS[check]), ...PROBES.map((name) => `as ${name}`)];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { table: name, checks, probe } of tables) {
    const probed = PROBES.map((context) => seen(probe?.[context]));
    table.push([name, ...COLUMNS.map((check) => mark(checks[check])), ...probed]);
  }
  return table.toString();
}

function mark(faults: string[]): string {
  return faults.length === 0 ? '✓' : '✗';
}

function seen(result: string | undefined): string {
  if (result === undefined) return '';
  if (result === 'ok') return '✓';
  return result === 'no rows' ? '–' : '✗';
}
