import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosSite } from './chaos-site.js';

const PAUSE_MS = 10_000;
const CUT_MS = 2_000;
const FULL_MS = 5_000;

/** What goes wrong. Resolves when it is over; what recovers then does so by itself. */
export interface Fault {
  name: string;
  happen(site: ChaosSite): Promise<void>;
}

export const FAULTS: Fault[] = [
  { name: 'server killed (kill -9), started again', happen: (site) => site.crashServer() },
  { name: 'Postgres killed (kill -9), started again', happen: killPostgres },
  { name: 'one Postgres connection killed (kill -9)', happen: killBackend },
  { name: `Postgres paused for ${PAUSE_MS / 1_000} s (SIGSTOP)`, happen: pausePostgres },
  { name: `connections cut for ${CUT_MS / 1_000} s`, happen: cutLine },
  { name: `disk of Postgres full for ${FULL_MS / 1_000} s`, happen: fillDisk },
];

/** Its supervisor starts it again: it is over when it answers. */
async function killPostgres(site: ChaosSite): Promise<void> {
  for (const pid of await site.postgresProcesses()) kill(pid, 'SIGKILL');
  await untilPostgresAnswers(site);
}

/** Postgres ends all its connections then, and recovers from its log. */
async function killBackend(site: ChaosSite): Promise<void> {
  const { rows } = await site.owner.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE usename = 'polydesk_app' LIMIT 1`,
  );
  for (const { pid } of rows) kill(pid, 'SIGKILL');
  await untilPostgresAnswers(site);
}

async function pausePostgres(site: ChaosSite): Promise<void> {
  const processes = await site.postgresProcesses();
  for (const pid of processes) kill(pid, 'SIGSTOP');
  await delay(PAUSE_MS);
  for (const pid of processes) kill(pid, 'SIGCONT');
}

async function cutLine({ line }: ChaosSite): Promise<void> {
  line.cut();
  await delay(CUT_MS);
  line.heal();
}

/** Over when there is room again. Where Postgres gave up altogether, as it does when its log has no room, its supervisor starts it. */
async function fillDisk({ directory }: ChaosSite): Promise<void> {
  const ballast = join(directory, 'volume', 'ballast');
  const { bavail, bsize } = await statfs(join(directory, 'volume'));
  await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => undefined); // Until no more fits.
  await delay(FULL_MS);
  await rm(ballast);
}

async function untilPostgresAnswers({ owner }: ChaosSite): Promise<void> {
  for (;;) {
    const answers = await owner.query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (answers) return;
    await delay(20);
  }
}

/** It may have ended by itself. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
}
