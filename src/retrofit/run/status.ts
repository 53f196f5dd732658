import { Journal } from '../database/journal.js';
import { SCHEMA } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { PHASES } from '../phases/phase.js';
import type { CommonOptions } from './with-database.js';
import { waitsOf } from './lock-waits.js';
import { count } from './progress.js';

/** How far the tool is with a database. */
interface Status {
  phases: { phase: string; state: 'done' | 'begun' | 'to do'; steps: number }[];
  passes: { table: string; part: number; rowsOwned: number }[];
  quarantine: { table: string; reason: string; rows: number }[];
  /** Open transactions of others that locks and indexes would wait for. */
  openTransactions: string[];
}

/** `retrofit status`. Works at any time, beside a command that is at it. */
export async function statusCommand(session: Session, { json }: CommonOptions & { json?: boolean }): Promise<void> {
  const status = await statusOf(session);
  process.stdout.write(`${json ? JSON.stringify(status, null, 2) : describe(status)}\n`);
}

async function statusOf(session: Session): Promise<Status> {
  const journal = new Journal(session);
  const isBegun = await journal.exists();
  const known = await journal.phases();
  const phases: Status['phases'] = [];
  for (const phase of PHASES) {
    const steps = isBegun ? (await journal.entries(phase)).length : 0;
    phases.push({ phase, state: stateOf(known.find((each) => each.phase === phase)), steps });
  }
  return {
    phases,
    passes: isBegun ? await session.rows(PASSES) : [],
    quarantine: isBegun ? await session.rows(QUARANTINE) : [],
    openTransactions: await waitsOf(session),
  };
}

function stateOf(known: { isFinished: boolean } | undefined): Status['phases'][number]['state'] {
  if (!known) return 'to do';
  return known.isFinished ? 'done' : 'begun';
}

const PASSES = `SELECT holder AS "table", CASE WHEN is_done THEN 1 ELSE next_block::float8 / greatest(blocks, 1) END AS part,
  rows_owned::float8 AS "rowsOwned" FROM ${SCHEMA}.passes ORDER BY updated_at`;
const QUARANTINE = `SELECT table_name AS "table", reason, count(*)::float8 AS rows FROM ${SCHEMA}.quarantine GROUP BY 1, 2 ORDER BY 1, 2`;

function describe({ phases, passes, quarantine, openTransactions }: Status): string {
  return [
    ...phases.map(({ phase, state, steps }) =>
      `${phase.padEnd(11)} ${state.padEnd(6)}${steps > 0 ? `  ${count(steps)} steps` : ''}`.trimEnd(),
    ),
    ...passes.map(
      ({ table, part, rowsOwned }) =>
        `backfill of ${table}: ${Math.floor(part * 100)} %, ${count(rowsOwned)} rows got their organization`,
    ),
    ...quarantine.map(({ table, reason, rows }) => `quarantine: ${table}: ${count(rows)} rows, ${reason}`),
    ...openTransactions.map((line) => `open transaction: ${line}`),
  ].join('\n');
}
