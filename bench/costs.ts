import { measure } from './load.js';
import type { Load, Sample } from './load.js';
import { OPERATIONS } from './operations.js';
import type { Operation } from './operations.js';
import { progress } from './progress.js';

/** A server, and what it is asked for. */
export type Subject = Pick<Load, 'server' | 'places'>;

/** All rounds of one server on one operation. */
export interface Measured extends Subject {
  operation: Operation;
  samples: Sample[];
}

export type LoadOptions = Pick<Load, 'postmaster' | 'requests' | 'connections'>;

export const LISTS = OPERATIONS.filter(({ kind }) => kind === 'list');

/**
 * V8 compiles in earnest what has run thousands of times, and anew once it has seen what the next operation brings: so many rounds
 * of all operations come first.
 */
const WARM_UP_ROUNDS = 2;

/** Every server on every operation, in turn, round after round: what else the machine does falls on all of them. */
export async function compare(
  subjects: Subject[],
  operations: Operation[],
  rounds: number,
  options: LoadOptions,
): Promise<Measured[]> {
  const measured = operations.flatMap((operation) =>
    subjects.map((subject): Measured => ({ ...subject, operation, samples: [] })),
  );
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round += 1) {
    progress(round > 0 ? `Round ${round} of ${rounds}` : 'Warming up');
    for (const { server, places, operation, samples } of measured) {
      const sample = await measure({ server, places, operation, ...options });
      if (round > 0) samples.push(sample);
    }
  }
  return measured;
}

export function median<S>(samples: S[], of: (sample: S) => number): number {
  const sorted = samples.map(of).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
