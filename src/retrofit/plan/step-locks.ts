import { PHASES } from '../phases/phase.js';
import type { Lock, Phase, Step } from '../phases/phase.js';
import { STEPS } from '../phases/phase-steps.js';
import type { Work } from '../run/work.js';

/** The steps of a phase that take the same lock on a table. */
export interface StepLocks {
  phase: Phase;
  lock: Lock;
  /** What they do: `column organization_id`. */
  steps: string[];
  /** For milliseconds, got by short tries; or for as long as it takes, with nobody's reads and writes waiting. */
  held: 'milliseconds' | 'online' | 'a batch at a time';
  /** Who waits meanwhile. */
  stops: string;
}

const STOPS: Record<Lock, string> = {
  'ACCESS EXCLUSIVE': 'reads and writes',
  'SHARE ROW EXCLUSIVE': 'writes',
  'SHARE UPDATE EXCLUSIVE': 'nobody but VACUUM and other changes of the schema',
  'ROW EXCLUSIVE': 'writes of the same rows',
};

/** What all phases would do, as far as it can be told before the first of them has begun. */
export async function allSteps(work: Work): Promise<Step[]> {
  const steps: Step[] = [];
  for (const phase of PHASES) steps.push(...(await STEPS[phase](work)));
  return steps;
}

/** The locks of one table's steps, in the order of the phases. */
export function locksOf(steps: Step[], table: string): StepLocks[] {
  const locks: StepLocks[] = [backfillLock()];
  for (const { phase, lock, how, name, table: of } of steps) {
    if (of !== table || lock === null) continue;
    const held = how === 'online' ? 'online' : 'milliseconds';
    const known = locks.find((each) => each.phase === phase && each.lock === lock && each.held === held);
    const what = name.replace(`${table}: `, '');
    if (known) known.steps.push(what);
    else locks.push({ phase, lock, steps: [what], held, stops: STOPS[lock] });
  }
  return locks.toSorted((one, other) => PHASES.indexOf(one.phase) - PHASES.indexOf(other.phase));
}

function backfillLock(): StepLocks {
  return {
    phase: 'backfill',
    lock: 'ROW EXCLUSIVE',
    steps: ['short batches'],
    held: 'a batch at a time',
    stops: STOPS['ROW EXCLUSIVE'],
  };
}
