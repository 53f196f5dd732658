import type { Work } from '../run/work.js';
import { constrainSteps } from './constrain.js';
import { contractSteps } from './contract.js';
import { expandSteps } from './expand.js';
import { isolateSteps } from './isolate.js';
import type { Phase, Step } from './phase.js';
import { rescopeSteps } from './rescope.js';

/** The changes of the schema that a phase makes. Those of data have none. */
export const STEPS: Record<Phase, (work: Work) => Step[] | Promise<Step[]>> = {
  expand: expandSteps,
  backfill: () => [],
  quarantine: () => [],
  constrain: constrainSteps,
  isolate: isolateSteps,
  rescope: rescopeSteps,
  contract: contractSteps,
};
