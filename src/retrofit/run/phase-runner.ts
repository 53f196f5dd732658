import { backfill } from '../backfill/backfill.js';
import { makeMissingOrganizations } from '../backfill/make-organizations.js';
import { quarantine } from '../backfill/quarantine.js';
import { sweep } from '../backfill/sweep.js';
import type { BackfillOptions } from '../backfill/options.js';
import { readCatalogue } from '../catalogue/read-catalogue.js';
import { deriveAll } from '../derivation/derive-all.js';
import { notesOf } from '../phases/notes.js';
import { PHASES, phasesThrough } from '../phases/phase.js';
import type { Phase } from '../phases/phase.js';
import { STEPS } from '../phases/phase-steps.js';
import { RetrofitError } from '../retrofit-error.js';
import { recordBaselines } from '../verify/baselines.js';
import { StepRunner } from './step-runner.js';
import type { Work } from './work.js';

/** Does one phase, or what is left of it. */
export async function doPhase(phase: Phase, work: Work, options: BackfillOptions): Promise<void> {
  await assertItsTurn(phase, work);
  if (phase === 'expand') await work.journal.prepare(work.plan);
  work.progress.say(phase);
  await work.journal.beginPhase(phase);
  await before(phase, work, options);
  await new StepRunner(work.session, work.progress).do(phase, await STEPS[phase](work));
  await afterwards(phase, work, options);
  await work.journal.endPhase(phase);
  await tellNotes(phase, await refreshed(work));
  work.progress.say(`${phase} is done`);
}

async function tellNotes(phase: Phase, work: Work): Promise<void> {
  for (const note of await notesOf(phase, work)) work.progress.say(`  note    ${note}`);
}

/** All phases that are not finished, up to one. */
export async function runThrough(last: Phase, work: Work, options: BackfillOptions): Promise<void> {
  const finished = (await work.journal.phases()).filter(({ isFinished }) => isFinished).map(({ phase }) => phase);
  const open = phasesThrough(last).filter((phase) => !finished.includes(phase));
  if (open.length === 0) work.progress.say(`Everything through ${last} is done already`);
  for (const phase of open) await doPhase(phase, await refreshed(work), options);
}

/** Each phase sees what the one before has made. */
async function refreshed(work: Work): Promise<Work> {
  const catalogue = await readCatalogue(work.session);
  return { ...work, catalogue, derivations: deriveAll(work.plan, catalogue) };
}

async function before(phase: Phase, work: Work, options: BackfillOptions): Promise<void> {
  if (phase === 'expand') await recordBaselines(work);
  if (phase === 'constrain') await sweep(work, options);
}

async function afterwards(phase: Phase, work: Work, options: BackfillOptions): Promise<void> {
  if (phase === 'expand') await makeMissingOrganizations(work);
  if (phase === 'backfill') await backfill(work, options);
  if (phase === 'quarantine') await quarantine(work, options);
}

/** @throws RetrofitError where an earlier phase is not finished, or a later one has begun */
async function assertItsTurn(phase: Phase, { journal }: Work): Promise<void> {
  const known = await journal.phases();
  const finished = known.filter(({ isFinished }) => isFinished).map((each) => each.phase);
  const missing = PHASES.slice(0, PHASES.indexOf(phase)).find((each) => !finished.includes(each));
  if (missing)
    throw new RetrofitError(
      `${phase} comes after ${missing}, which is not finished. Run 'retrofit ${missing}' first, or 'retrofit run --through ${phase}'`,
    );
  const later = known.find((each) => PHASES.indexOf(each.phase) > PHASES.indexOf(phase));
  if (later)
    throw new RetrofitError(
      `${later.phase} has begun, so ${phase} cannot be done again. To go back: 'retrofit rollback --to ${phase}'`,
    );
}
