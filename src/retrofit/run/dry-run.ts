import type { Phase } from '../phases/phase.js';
import { dataSql } from './data-sql.js';
import { STEPS } from '../phases/phase-steps.js';
import { sqlOf } from './step-sql.js';
import type { Work } from './work.js';

/** Prints what phases would run and have not run yet, as SQL that can be read, and run by hand. */
export async function dryRun(phases: readonly Phase[], work: Work): Promise<void> {
  const isThere = await work.journal.exists();
  for (const phase of phases) {
    const done = isThere ? await work.journal.doneIn(phase) : new Set<string>();
    const steps = (await STEPS[phase](work)).filter(({ name }) => !done.has(name));
    process.stdout.write(`${sqlOf(phase, steps, await dataSql(phase, work))}\n`);
  }
}
