import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from './embedded-postgres-error.js';

const run = promisify(execFile);

/** What a running postmaster (PostgreSQL's main process) says about itself in postmaster.pid. */
export interface RunningPostmaster {
  pid: number;
  /** Undefined in the first moments. */
  port: number | undefined;
  /** Age in milliseconds, exact to a second. */
  age: number;
  /** Whether it accepts connections. */
  ready: boolean;
}

/** The postmaster that runs on a cluster's directory, or undefined when none does, whatever a stale file says. */
export async function findPostmaster(directory: string): Promise<RunningPostmaster | undefined> {
  const lines = await readPostmasterFile(directory);
  const pid = Number(lines[0]);
  if (!(await isPostmaster(pid, directory))) return undefined;
  const age = Date.now() - Number(lines[2]) * 1000;
  return { pid, age, port: Number(lines[3]) || undefined, ready: lines[7]?.trim() === 'ready' };
}

/** The process id in a postmaster.pid that a dead postmaster has left; undefined when there is no such file. */
export async function findStalePid(directory: string): Promise<number | undefined> {
  const [line] = await readPostmasterFile(directory);
  const pid = Number(line);
  // A living postmaster must never be reported, so ask about exactly the id that is returned.
  return line === undefined || (await isPostmaster(pid, directory)) ? undefined : pid;
}

/**
 * Whether a process is the postmaster of a cluster. Its id alone tells nothing: after a crash the id in postmaster.pid
 * may belong to any process; and an orphan that nobody reaps keeps its id, as a zombie without a command line.
 */
export async function isPostmaster(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await commandLine(pid);
  // Windows tells the program's name only.
  return command.includes(process.platform === 'win32' ? 'postgres.exe' : `postgres -D ${directory} `);
}

/** Whether a process with this id exists, a zombie included. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function readPostmasterFile(directory: string): Promise<string[]> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n').filter((_line, index, lines) => index < lines.length - 1);
}

/** The words of a process's command line, each followed by a space; empty when there is no such process. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return words.replaceAll('\0', ' ');
  }
  const [command, ...args] =
    process.platform === 'win32'
      ? ['tasklist', '/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']
      : ['ps', '-ww', '-o', 'args=', '-p', String(pid)];
  return run(command ?? '', args).then(
    ({ stdout }) => `${stdout.trimEnd()} `,
    () => '',
  );
}
