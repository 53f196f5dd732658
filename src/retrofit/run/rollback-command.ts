import { Journal } from '../database/journal.js';
import { claimDatabase } from '../database/only-copy.js';
import type { Session } from '../database/session.js';
import type { Phase } from '../phases/phase.js';
import { assertBegun, phasesBehind, rollback } from '../phases/rollback.js';
import { openWork } from './open-work.js';
import { Progress } from './progress.js';
import { undoSqlOf } from './step-sql.js';
import type { CommonOptions } from './with-database.js';

export interface RollbackOptions extends CommonOptions {
  to?: Phase;
  dryRun?: boolean;
}

/** `retrofit rollback`. Needs no plan file: what was begun keeps its plan. */
export async function rollbackCommand(session: Session, { plan, to, dryRun }: RollbackOptions): Promise<void> {
  if (dryRun) return printSql(new Journal(session), to ?? null);
  await claimDatabase(session);
  await assertBegun(new Journal(session));
  await rollback(await openWork(session, plan ?? null, new Progress(process.stdout)), to ?? null);
}

async function printSql(journal: Journal, to: Phase | null): Promise<void> {
  for (const phase of await phasesBehind(journal, to))
    process.stdout.write(`${undoSqlOf(phase, (await journal.entries(phase)).toReversed())}\n`);
}
