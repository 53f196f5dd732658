import type { Report } from '../report.js';
import type { Live } from './live.js';

/** What must be so on any machine, however busy. */
export function smokeFaults({ errors, faults, phases }: Live): Report {
  const unmeasured = phases.filter(({ seconds }) => !(seconds > 0)).map(({ name }) => `${name} was not seen to end`);
  const failed = [...new Set(errors)].map((error) => `the application failed: ${error}`);
  return { table: '', missed: [...failed, ...faults, ...unmeasured] };
}
