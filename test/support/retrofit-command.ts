import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Environment } from '../../src/platform/config/settings.js';
import { fromSource } from './from-source.js';

/** The tool by itself: `polydesk retrofit` is the same, but loads the whole server first. */
const PROGRAM = 'src/retrofit/main.ts';

/** A database as a command reaches it: by the PG variables. {@link RetrofitDatabase} is one. */
export interface Reachable {
  environment: Environment;
  /** The tool compiled, see {@link CompiledTool}; by default it runs from its sources. */
  program?: string;
}

export interface Outcome {
  /** Exit code; -1 where it was killed. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `polydesk retrofit …` as a process of its own, from the sources. */
export async function command(database: Reachable, ...args: string[]): Promise<Outcome> {
  const child = start(database, args);
  const outcome = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
  await once(child, 'close');
  return { code: child.exitCode ?? -1, ...outcome };
}

/** Runs it, and throws with what it said where it does not end well. What it said, on both channels. */
export async function succeeds(database: Reachable, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await command(database, ...args);
  if (code !== 0) throw new Error(`retrofit ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/**
 * Starts it, and kills it (SIGKILL) at the first line of its output, on either channel, that fits.
 * `isKilled` is false where it ended by itself before.
 */
export async function killedAt(
  database: Reachable,
  args: string[],
  isThere: (line: string) => boolean,
): Promise<{ isKilled: boolean; lines: string[] }> {
  const child = start(database, args);
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      if (isThere(line)) child.kill('SIGKILL');
    });
  await once(child, 'close');
  return { isKilled: child.signalCode === 'SIGKILL', lines };
}

/** Starts it, and kills it after a while, wherever it is then. Whether it was still running. */
export async function killedAfter(database: Reachable, args: string[], ms: number): Promise<boolean> {
  const child = start(database, args);
  child.stdout.resume();
  child.stderr.resume();
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  await once(child, 'close');
  clearTimeout(timer);
  return child.signalCode === 'SIGKILL';
}

function start({ environment, program }: Reachable, args: string[]) {
  const { line, env } = fromSource(PROGRAM, environment);
  return spawn(process.execPath, [...(program === undefined ? line : [program]), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
