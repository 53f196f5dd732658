import Table from 'cli-table3';
import { PHASES } from '../phases/phase.js';
import type { Phase } from '../phases/phase.js';
import { count, duration } from '../run/progress.js';
import type { Report, TableReport } from './report.js';
import type { StepLocks } from './step-locks.js';

const HEAD = [
  'table',
  'rows',
  'size',
  'organization from',
  'owned',
  'without one',
  'conflicts',
  'unique keys',
  'growth',
  'backfill',
];
const LOCK_HEAD = ['table', 'phase', 'lock', 'steps', 'held', 'stops'];

/** For people. */
export function describeReport({ database, tables, shared, rate, faults }: Report): string {
  const grid = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  const locks = new Table({ head: LOCK_HEAD, style: { head: [], border: [], compact: true } });
  for (const table of tables) {
    grid.push(lineOf(table));
    for (const phase of PHASES) locks.push(...lockLines(table, phase));
  }
  return [
    `Database ${database}, ${tables.length} tables get an organization`,
    grid.toString(),
    ...(shared.length > 0 ? [`shared by all: ${shared.join(', ')}`] : []),
    totalOf(tables),
    `Times by ${rate.is === 'measured' ? 'what was backfilled here so far' : 'what is usual'}: ${count(rate.slowest)} to ${count(rate.fastest)} rows a second. Growth is an upper bound: new versions of rows, until VACUUM gives the room of the old ones back, and indexes.`,
    '',
    'Locks',
    locks.toString(),
    'What is held for milliseconds is tried for 50 ms at first, and given up and tried again where the table is not free, so that nobody queues up behind it. What is online takes as long as the table is large, and waits for transactions that began before it.',
    ...(faults.length > 0 ? ['', 'Before it can begin:', ...faults.map((fault) => `  ${fault}`)] : []),
  ].join('\n');
}

function lineOf(table: TableReport): string[] {
  const { rows, totalBytes, derivation, owned, orphans, conflicts, uniqueKeys, growth, seconds } = table;
  const without = Object.entries(orphans).map(([reason, number]) => `${count(number)} ${reason}`);
  return [
    table.table,
    count(rows),
    size(totalBytes),
    derivation.join('\n'),
    count(owned),
    without.join('\n') || '0',
    count(conflicts),
    uniqueKeys.join('\n'),
    `${size(growth.table)} + ${size(growth.indexes)}`,
    range(seconds),
  ];
}

/** One line for each phase that does anything to the table. */
function lockLines({ table, locks }: TableReport, phase: Phase): string[][] {
  const here = locks.filter((each) => each.phase === phase);
  const column = (of: (each: StepLocks) => string) => here.map(of).join('\n');
  return here.length === 0
    ? []
    : [
        [
          table,
          phase,
          column(({ lock }) => lock),
          column(({ steps }) => String(steps.length)),
          column(({ held }) => held),
          column(({ stops }) => stops),
        ],
      ];
}

function totalOf(tables: TableReport[]): string {
  const sum = (of: (table: TableReport) => number) => tables.reduce((total, table) => total + of(table), 0);
  const growth = sum((table) => table.growth.table + table.growth.indexes);
  return `In all ${count(sum(({ rows }) => rows))} rows, ${size(sum(({ totalBytes }) => totalBytes))}; growth up to ${size(growth)}; backfill ${range([sum(({ seconds }) => seconds[0]), sum(({ seconds }) => seconds[1])])}.`;
}

function range([least, most]: [number, number]): string {
  return duration(least) === duration(most) ? duration(most) : `${duration(least)} to ${duration(most)}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `8 kB`, `1.4 GB` */
function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power] ?? ''}`;
}
