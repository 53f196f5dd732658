import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../src/retrofit/verify/certificate.js';
import { progress } from '../progress.js';
import type { InboxSize } from './inbox.js';
import { LockHolder } from './lock-holder.js';
import { LockWatch } from './lock-watch.js';
import type { LockWait } from './lock-watch.js';
import { latencyIn, OldApplication } from './old-application.js';
import type { Latency } from './old-application.js';
import { plainUpdate } from './rivals.js';
import { throughputOf } from './throughput.js';
import type { Throughput } from './throughput.js';
import { stepAt } from './tool.js';
import type { PhaseRun, Tool } from './tool.js';

/** Until the disk is done with the copy as well. */
const WARM_UP_MS = 20_000;

export interface LivePhase {
  name: string;
  seconds: number;
  writes: Latency;
  reads: Latency;
  /** During which step the slowest write was due. */
  worstAt: string;
}

export interface Live {
  undisturbed: LivePhase;
  phases: LivePhase[];
  backfill: Throughput;
  waits: LockWait[];
  errors: string[];
  faults: string[];
}

/** All phases of the tool, beside the load. */
export async function live(url: string, tool: Tool, size: InboxSize, undisturbedMs: number): Promise<Live> {
  const application = await OldApplication.start(url, size);
  try {
    progress('The load alone');
    await sleep(Math.min(WARM_UP_MS, undisturbedMs));
    const from = performance.now();
    await sleep(undisturbedMs);
    const undisturbed = phaseOf(application, 'undisturbed', from, performance.now(), '');
    const { runs, waits } = await allPhases(url, tool, application);
    await application.stop();
    const phases = runs.map((run) => phaseIn(application, run));
    const backfill = await throughputOf(
      url,
      runs.filter(({ phase }) => phase === 'backfill'),
    );
    return { undisturbed, phases, backfill, waits, errors: application.errors, faults: await faultsOf(tool) };
  } finally {
    await application.stop();
  }
}

/** One plain UPDATE beside the load: its rows a second, and what it does to who writes. */
export async function livePlainUpdate(
  url: string,
  size: InboxSize,
  warmUpMs: number,
): Promise<{ rowsPerSecond: number; writes: Latency }> {
  const application = await OldApplication.start(url, size);
  try {
    await sleep(Math.min(WARM_UP_MS, warmUpMs));
    const from = performance.now();
    const rowsPerSecond = await plainUpdate(url);
    const to = performance.now();
    await application.stop();
    return { rowsPerSecond, writes: latencyIn(application.writes, from, to) };
  } finally {
    await application.stop();
  }
}

async function allPhases(
  url: string,
  tool: Tool,
  application: OldApplication,
): Promise<{ runs: PhaseRun[]; waits: LockWait[] }> {
  const [watch, holder] = [await LockWatch.start(url), await LockHolder.start(url)];
  try {
    progress('All phases, beside the load');
    const before = await tool.phases('expand', 'rescope');
    application.learnOrganizations();
    const last = await tool.phases('contract', 'contract');
    return { runs: [...before, ...last], waits: await watch.stop() };
  } finally {
    await holder.stop();
    await watch.stop();
  }
}

function phaseIn(application: OldApplication, run: PhaseRun): LivePhase {
  const { worst } = latencyIn(application.writes, run.from, run.to);
  return phaseOf(application, run.phase, run.from, run.to, stepAt(run, worst.at));
}

function phaseOf(application: OldApplication, name: string, from: number, to: number, worstAt: string): LivePhase {
  return {
    name,
    seconds: (to - from) / 1000,
    writes: latencyIn(application.writes, from, to),
    reads: latencyIn(application.reads, from, to),
    worstAt,
  };
}

/** What `verify` finds: nothing unowned or stale, whatever was written meanwhile. */
async function faultsOf(tool: Tool): Promise<string[]> {
  progress('verify');
  const lines = await tool.command('verify', '--json');
  const { ok, faults, tables } = JSON.parse(lines.map(({ text }) => text).join('\n')) as Certificate;
  const unowned = tables.filter((table) => table.unowned > 0).map(({ table }) => `${table} has unowned rows`);
  return ok ? unowned : [...faults, ...unowned];
}
