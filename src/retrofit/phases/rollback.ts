import { readCatalogueHere } from '../catalogue/read-catalogue.js';
import type { Journal } from '../database/journal.js';
import { SCHEMA } from '../database/sql.js';
import { RetrofitError } from '../retrofit-error.js';
import { count } from '../run/progress.js';
import { StepRunner } from '../run/step-runner.js';
import type { Work } from '../run/work.js';
import { forgetOrganizations } from './made-organizations.js';
import { PHASES } from './phase.js';
import type { Phase } from './phase.js';

/** What phases that change rows keep in the tool's schema. What they filled goes with the column. */
const BOOKS: Partial<Record<Phase, string>> = { backfill: 'passes', quarantine: 'quarantine' };

/**
 * Takes phases back, the last first, half done ones too.
 * @param to the last one that stays done; without it everything goes, and the tool's own schema with it
 * @throws RetrofitError where that one was never begun, or none
 */
export async function rollback(work: Work, to: Phase | null): Promise<void> {
  for (const phase of await phasesBehind(work.journal, to)) await takeBack(work, phase);
  if (to === null) await leave(work);
}

/**
 * What a rollback takes back, the last first.
 * @throws RetrofitError where that phase was never begun, or none
 */
export async function phasesBehind(journal: Journal, to: Phase | null): Promise<Phase[]> {
  await assertBegun(journal);
  const begun = (await journal.phases()).map(({ phase }) => phase);
  if (to !== null && !begun.includes(to))
    throw new RetrofitError(
      `${to} was never begun, so nothing can go back to it. Begun are: ${begun.join(', ') || 'none'}`,
    );
  const last = to === null ? -1 : PHASES.indexOf(to);
  return begun.filter((each) => PHASES.indexOf(each) > last).toReversed();
}

/** @throws RetrofitError where no phase was begun */
export async function assertBegun(journal: Journal): Promise<void> {
  if (await journal.exists()) return;
  throw new RetrofitError('There is nothing to take back: no phase was begun in this database');
}

async function takeBack(work: Work, phase: Phase): Promise<void> {
  const { session, journal, progress } = work;
  progress.say(`rollback of ${phase}`);
  // Half of it may be all that comes of it: then the phase is not done any more, and can be done again.
  await journal.beginPhase(phase);
  await new StepRunner(session, progress).undo(phase);
  await session.transaction(async () => {
    const book = BOOKS[phase];
    if (book !== undefined) await session.run(`DELETE FROM ${SCHEMA}.${book}`);
    await journal.forgetPhase(phase);
  });
  progress.say(`${phase} is taken back`);
}

/** Organizations can be known as the tool's only as long as its schema is there. */
async function leave(work: Work): Promise<void> {
  const { session, progress } = work;
  await session.transaction(async () => {
    const catalogue = await readCatalogueHere(session);
    const left = await forgetOrganizations({ ...work, catalogue });
    if (left > 0)
      progress.say(
        `${count(left)} organizations that retrofit made stay in ${work.plan.organization.table}: rows point to them`,
      );
    await session.run(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  });
  progress.say('Everything is as it was before');
}
