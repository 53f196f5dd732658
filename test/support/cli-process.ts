import { execFile } from 'node:child_process';
import { SETTINGS } from '../../src/platform/config/settings.js';
import type { Environment } from '../../src/platform/config/settings.js';

/** Nothing from the environment, or from a developer's `.env`. */
const ABSENT = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']));

/** Runs a command of `polydesk` as a process of its own, from the sources. `output` is what it said on both channels. */
export function runCli(command: string[], environment: Environment): Promise<{ code: number; output: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env; // Jest's own are not for it.
  const env = { ...inherited, ...ABSENT, ...environment };
  const line = ['--import', '@swc-node/register/esm-register', 'src/cli.ts', ...command];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, line, { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}
