import Table from 'cli-table3';
import { Journal } from '../database/journal.js';
import type { Session } from '../database/session.js';
import { openWork } from '../run/open-work.js';
import { count, Progress } from '../run/progress.js';
import type { CommonOptions } from '../run/with-database.js';
import type { Certificate, TableCertificate } from './certificate.js';
import type { Seen } from './probe.js';
import { phasesDone, verify } from './verify.js';

/** `retrofit verify`: the certificate, as a table or as JSON. */
export async function verifyCommand(session: Session, options: CommonOptions & { json?: boolean }): Promise<void> {
  // Before there is any plan too.
  await phasesDone(new Journal(session));
  const certificate = await verify(await openWork(session, options.plan ?? null, new Progress(process.stderr)));
  process.stdout.write(`${options.json ? JSON.stringify(certificate, null, 2) : describe(certificate)}\n`);
  if (!certificate.ok) process.exitCode = 1;
}

const HEAD = [
  'table',
  'rows',
  'owned',
  'quarantined',
  'unowned',
  'dangling',
  'cross-organization',
  'other columns',
  'A',
  'B',
  'none',
  'garbage',
];

function describe({ database, at, organizations, tables, shared, leaks, faults }: Certificate): string {
  const grid = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  for (const table of tables) grid.push(lineOf(table));
  const verdict =
    faults.length === 0 ? ['Organizations are apart.'] : ['Not proven:', ...faults.map((fault) => `  ✗ ${fault}`)];
  return [
    `Database ${database}, ${at}, ${count(organizations)} organizations, one snapshot`,
    grid.toString(),
    ...(shared.length > 0 ? [`shared by all: ${shared.join(', ')}`] : []),
    ...leaks
      .filter(({ isOpen }) => !isOpen)
      .map(
        ({ kind, name, why }) =>
          `beside row-level security, but out of the application's reach: ${kind} ${name}: ${why}`,
      ),
    ...verdict,
  ].join('\n');
}

function lineOf(table: TableCertificate): string[] {
  const { probe } = table;
  const crossing =
    table.accepted > 0
      ? `${count(table.crossOrganization)} (+ ${count(table.accepted)} by the plan)`
      : count(table.crossOrganization);
  return [
    table.table,
    ...[table.rows, table.owned, table.quarantined, table.unowned, table.dangling].map(count),
    crossing,
    table.otherColumns,
    ...(probe ? [probe.a, probe.b, probe.none, probe.garbage].map(seen) : ['', '', '', '']),
  ];
}

function seen(found: Seen): string {
  return found === 'refused' ? 'refused' : count(found.rows);
}
