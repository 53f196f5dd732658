import { execFile } from 'node:child_process';
import type { Environment } from '../../src/platform/config/settings.js';
import { fromSource } from './from-source.js';

/** Runs a command of `polydesk` as a process of its own, from the sources. `output` is what it said on both channels. */
export function runCli(command: string[], environment: Environment): Promise<{ code: number; output: string }> {
  const { line, env } = fromSource('src/cli.ts', environment);
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...line, ...command], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}
