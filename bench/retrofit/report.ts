import { markdown } from '../report.js';
import type { Report } from '../report.js';
import type { Live, LivePhase } from './live.js';
import type { LockWait } from './lock-watch.js';
import type { Latency } from './old-application.js';

/** A write's p99 during backfill, of what it was undisturbed: at most this many times. */
const MOST_TIMES_P99 = 2;
/** No write waits longer, in any phase. */
const LONGEST_STALL_MS = 200;
/** What the ladder lets one try wait at most while tables are free now and then; and what seeing it may add. */
const LONGEST_WAIT_MS = 100 + 50;
const LEAST_OF_PLAIN = 0.5;
const LEAST_OF_LOOP = 15;

/** How many rows a second one way of giving messages their organization does; of several rounds. */
export interface Rate {
  how: string;
  times: number[];
  busy?: number[];
  writes?: Latency;
}

const ms = (value: number) => value.toFixed(1);
const whole = (value: number) => Math.round(value).toLocaleString('en-US');

export function reportLive({ undisturbed, phases, errors, faults }: Live): Report {
  const head = ['phase', 'seconds', 'writes', 'write p50 ms', 'write p99 ms', 'times', 'worst ms', 'at', 'read p99 ms'];
  const rows = [undisturbed, ...phases].map((phase) => [
    phase.name,
    ms(phase.seconds),
    whole(phase.writes.writes),
    ms(phase.writes.p50),
    ms(phase.writes.p99),
    timesUndisturbed(phase, undisturbed).toFixed(2),
    ms(phase.writes.worst.ms),
    phase.worstAt,
    ms(phase.reads.p99),
  ]);
  const broken = [...new Set(errors)].map((error) => `the application failed: ${error}`);
  return { table: markdown(head, rows), missed: [...broken, ...faults, ...slow(undisturbed, phases)] };
}

/** Locks behind which writers wait: the longest of each kind. */
export function reportLocks(waits: LockWait[]): Report {
  const kinds = [...new Set(waits.map(({ mode }) => mode))].toSorted();
  const rows = kinds.map((kind) => {
    const all = waits.filter(({ mode }) => mode === kind).toSorted((one, other) => other.ms - one.ms);
    return [kind, whole(all.length), ms(all[0]?.ms ?? NaN), all[0]?.relation ?? ''];
  });
  const missed = waits
    .filter((wait) => !(wait.ms <= LONGEST_WAIT_MS))
    .map((wait) => `${wait.mode} on ${wait.relation} was waited for ${ms(wait.ms)} ms, at most ${LONGEST_WAIT_MS}`);
  return { table: markdown(['lock waited for', 'times', 'longest ms', 'table'], rows), missed };
}

export function reportThroughput(rates: Rate[]): Report {
  const head = [
    'messages given their organization',
    'rows/s',
    'busy rows/s',
    'of one UPDATE',
    'write p99 ms',
    'worst ms',
  ];
  const rows = rates.map((rate) => [
    rate.how,
    whole(middle(rate.times)),
    rate.busy ? whole(middle(rate.busy)) : '',
    (middle(rate.times) / plainRate(rates, rate)).toFixed(2),
    rate.writes ? ms(rate.writes.p99) : '',
    rate.writes ? ms(rate.writes.worst.ms) : '',
  ]);
  return { table: markdown(head, rows), missed: tooSlow(rates) };
}

function slow(undisturbed: LivePhase, phases: LivePhase[]): string[] {
  const backfill = phases
    .filter(({ name }) => name === 'backfill')
    .map((phase) => timesUndisturbed(phase, undisturbed));
  const p99 = backfill
    .filter((times) => !(times <= MOST_TIMES_P99))
    .map(
      (times) => `backfill: a write's p99 is ${times.toFixed(2)} times the undisturbed one, at most ${MOST_TIMES_P99}`,
    );
  const stalls = phases
    .filter(({ writes }) => writes.writes > 0 && !(writes.worst.ms <= LONGEST_STALL_MS))
    .map(
      ({ name, writes, worstAt }) =>
        `${name}: a write took ${ms(writes.worst.ms)} ms, at most ${LONGEST_STALL_MS} (${worstAt})`,
    );
  return [...p99, ...stalls];
}

function tooSlow(rates: Rate[]): string[] {
  const [loop] = rates.slice(-1);
  const tools = rates.filter(({ how }) => how.startsWith('the tool'));
  return tools.flatMap((tool) => {
    const ofPlain = middle(tool.times) / plainRate(rates, tool);
    const ofLoop = middle(tool.times) / middle(loop?.times ?? []);
    return [
      ...(ofPlain >= LEAST_OF_PLAIN
        ? []
        : [`${tool.how}: ${ofPlain.toFixed(2)} of one UPDATE, at least ${LEAST_OF_PLAIN}`]),
      ...(ofLoop >= LEAST_OF_LOOP
        ? []
        : [`${tool.how}: ${ofLoop.toFixed(1)} times the loop, at least ${LEAST_OF_LOOP}`]),
    ];
  });
}

/** Of the UPDATE that ran as this did: beside the load, or alone. */
function plainRate(rates: Rate[], { how }: Rate): number {
  const plain = how.endsWith('beside the load') ? 'one UPDATE, beside the load' : 'one UPDATE';
  return middle(rates.find((rate) => rate.how === plain)?.times ?? []);
}

const timesUndisturbed = (phase: LivePhase, undisturbed: LivePhase) => phase.writes.p99 / undisturbed.writes.p99;

/** The median; of two, what lies between them. */
function middle(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] ?? NaN) + (sorted[high] ?? NaN)) / 2;
}
