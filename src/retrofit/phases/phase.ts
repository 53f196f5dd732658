/** In the order in which they are done. */
export const PHASES = ['expand', 'backfill', 'quarantine', 'constrain', 'isolate', 'rescope', 'contract'] as const;
export type Phase = (typeof PHASES)[number];

/** All up to one, that one included. */
export function phasesThrough(last: Phase): Phase[] {
  return PHASES.slice(0, PHASES.indexOf(last) + 1);
}

/** One change of the schema, with the way back. Done at most once, and recorded where it is done. */
export interface Step {
  phase: Phase;
  /** Unique in its phase, and the same in every run: `messages: column organization_id`. */
  name: string;
  /** As in {@link Table.name}; null where it is about the whole database. */
  table: string | null;
  /** The strongest lock that it takes on a table of the user's, and what waits for it meanwhile. */
  lock: Lock | null;
  /** SQL statements. */
  does: string[];
  /** SQL statements that take it back, in their order. They can be repeated, and bear that half of it was never done. */
  undoes: string[];
  /**
   * `transaction`: all statements and the record of the step commit together, under a short lock_timeout that is tried again.
   * `online`: one statement that takes long and stops nobody (CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT), on its own.
   */
  how: 'transaction' | 'online';
  /** Quoted name of the index that an online step builds: where it is left invalid, it is dropped and built again. */
  builds?: string;
}

export type Lock = 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE' | 'ROW EXCLUSIVE';
