import { Journal } from '../database/journal.js';
import { claimDatabase } from '../database/only-copy.js';
import type { Session } from '../database/session.js';
import type { Phase } from '../phases/phase.js';
import { assertBegun, rollback } from '../phases/rollback.js';
import { openWork } from './open-work.js';
import { Progress } from './progress.js';
import type { CommonOptions } from './with-database.js';

/** `retrofit rollback`. Needs no plan file: what was begun keeps its plan. */
export async function rollbackCommand(session: Session, { plan, to }: CommonOptions & { to?: Phase }): Promise<void> {
  await claimDatabase(session);
  await assertBegun(new Journal(session));
  await rollback(await openWork(session, plan ?? null, new Progress(process.stdout)), to ?? null);
}
