import { rootTables } from '../catalogue/tables.js';
import type { Leak } from '../phases/leaks.js';
import type { Work } from '../run/work.js';
import { count } from '../run/progress.js';
import type { Certificate, TableCertificate } from './certificate.js';
import type { Probe, Seen } from './probe.js';

/** What is not as it must be, in sentences. */
export function faultsOf(work: Work, found: Omit<Certificate, 'ok' | 'faults'>, isIsolated: boolean): string[] {
  return [
    ...found.tables.flatMap(tableFaults),
    ...found.leaks.filter(({ isOpen }) => isOpen).map(leakFault),
    ...(isIsolated ? [] : ["row-level security is not there yet: run 'retrofit run --through isolate'"]),
    ...undecided(work).map((name) => `${name}: the plan does not say whose its rows are; it was made after the plan`),
  ];
}

function tableFaults(table: TableCertificate): string[] {
  const faults = [
    table.unowned > 0 &&
      `${count(table.unowned)} rows have no organization, and are not quarantined: run 'retrofit quarantine'`,
    table.crossOrganization > 0 && `${count(table.crossOrganization)} rows point into another organization`,
    table.otherColumns === 'different' && 'other columns are not what they were, and nobody else wrote',
    ...(table.probe ? probeFaults(table, table.probe) : []),
  ];
  return faults.flatMap((fault) => (fault === false ? [] : [`${table.table}: ${fault}`]));
}

function probeFaults({ owned }: TableCertificate, { a, b, none, garbage }: Probe): (string | false)[] {
  return [
    a === 'refused' && 'its application role may not read it',
    owned > 0 && a !== 'refused' && a.rows === 0 && 'an organization does not see its own rows',
    ...[a, b].map((seen) => foreign(seen) > 0 && `an organization sees ${count(foreign(seen))} rows of others`),
    rows(none) > 0 && `without an organization ${count(rows(none))} rows are seen`,
    rows(garbage) > 0 && `on behalf of garbage ${count(rows(garbage))} rows are seen`,
  ];
}

function leakFault({ kind, name, why }: Leak): string {
  const mend =
    kind === 'function'
      ? `make it SECURITY INVOKER, or REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`
      : `REVOKE ALL ON ${name} FROM the roles that may read it`;
  return `${name} (${kind}): ${why}. The application's role can reach it: ${mend}`;
}

const rows = (seen: Seen): number => (seen === 'refused' ? 0 : seen.rows);
const foreign = (seen: Seen): number => (seen === 'refused' ? 0 : seen.foreign);

/** Tables that came after the plan. */
function undecided({ plan, catalogue }: Work): string[] {
  return rootTables(catalogue)
    .filter(({ name }) => !(name in plan.tables) && name !== plan.organization.table)
    .map(({ name }) => name);
}
