import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import pg from 'pg';

/** Processor time in milliseconds, summed over threads. Read from /proc: Linux only. */
export interface ProcessorTime {
  node: number;
  postgres: number;
}

const TICK_MS = 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What a server has used so far, with all of Postgres: the postmaster, its children, and those that have ended. */
export function processorTime(serverPid: number, postmasterPid: number): ProcessorTime {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === postmasterPid);
  const postmaster = statOf(postmasterPid);
  const postgres = children.reduce(
    (sum, stat) => sum + (stat?.own ?? 0),
    postmaster ? postmaster.own + postmaster.ended : 0,
  );
  return { node: statOf(serverPid)?.own ?? 0, postgres };
}

/** Throws where Postgres does not run on this machine: its processor time cannot be seen then. */
export async function postmasterPid(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const backend = statOf(rows[0]?.pid ?? 0);
  await client.end();
  if (backend?.name === 'postgres') return backend.parent;
  throw new Error('Postgres must run on this machine, as a process that can be seen: its processor time is measured');
}

/** Source: proc(5), /proc/pid/stat. Null for a process that is gone. */
function statOf(pid: number): { name: string; parent: number; own: number; ended: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const nameEnd = text.lastIndexOf(')');
    const fields = text
      .slice(nameEnd + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map(
      (at) => fields[at],
    );
    const name = text.slice(text.indexOf('(') + 1, nameEnd);
    return { name, parent, own: (user + system) * TICK_MS, ended: (endedUser + endedSystem) * TICK_MS };
  } catch {
    return null;
  }
}
