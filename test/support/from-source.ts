import { SETTINGS } from '../../src/platform/config/settings.js';
import type { Environment } from '../../src/platform/config/settings.js';

/** Nothing from the environment, or from a developer's `.env`. */
const ABSENT = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']));

/** How to run a program of ours from its sources, in a process that has these settings and no others. */
export function fromSource(program: string, environment: Environment): { line: string[]; env: Environment } {
  const { NODE_OPTIONS: _, ...inherited } = process.env; // Jest's own are not for it.
  return {
    line: ['--import', '@swc-node/register/esm-register', program],
    env: { ...inherited, ...ABSENT, ...environment },
  };
}
