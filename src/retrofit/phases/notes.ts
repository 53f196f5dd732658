import type { Work } from '../run/work.js';
import { constrainNotes } from './constrain.js';
import { contractNotes } from './contract.js';
import { isolateNotes } from './isolate.js';
import type { Phase } from './phase.js';
import { rescopeNotes } from './rescope.js';

/** What a phase leaves undone or to people, and why: sentences to be told when it is done. */
export async function notesOf(phase: Phase, work: Work): Promise<string[]> {
  switch (phase) {
    case 'constrain':
      return constrainNotes(work);
    case 'isolate':
      return isolateNotes(work);
    case 'rescope':
      return rescopeNotes(work);
    case 'contract':
      return contractNotes(work);
    default:
      return [];
  }
}
