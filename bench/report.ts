import Table from 'cli-table3';
import type { BurstSample } from './burst.js';
import { median } from './costs.js';
import type { Measured } from './costs.js';
import type { Sample } from './load.js';
import type { Operation } from './operations.js';
import type { QueueSample, QueueSamples } from './queue.js';
import type { ServerName } from './server-process.js';

/** A table, and each threshold that was missed as a sentence. */
export interface Report {
  table: string;
  missed: string[];
}

/** Processor time per request, Node's and Postgres's: ours at most this many times the bare server's. */
const MOST_TIMES_BARE: Record<Operation['name'], number> = {
  'conversation list': 1.25,
  'message list': 1.35,
  'send message': 1.6,
  'inbound message': 1.6,
};
/** And the typical server's at least this many times ours. */
const LEAST_TIMES_OURS: Record<Operation['kind'], number> = { list: 3, write: 5 };
/** Medians of both lists, with 200 times the rows: at most this many times what they were. */
const MOST_GROWTH = 1.3;

/** A queued message sent, against a job of bare graphile-worker that sends one. */
const MOST_TIMES_BARE_QUEUE = 2;

const cost = ({ node, postgres }: Pick<Sample, 'node' | 'postgres'>) => node + postgres;
const whole = (number: number) => Math.round(number).toString();
const times = (ratio: number) => ratio.toFixed(2);

/** Medians of the rounds. */
export function reportCosts(measured: Measured[]): Report {
  const rows = measured.map(({ server, operation, samples }) => {
    const bare = samplesOf(measured, operation, 'bare');
    return [
      operation.name,
      server.name,
      whole(median(samples, (sample) => sample.throughput)),
      median(samples, (sample) => sample.p50).toFixed(1),
      median(samples, (sample) => sample.p99).toFixed(1),
      whole(median(samples, (sample) => sample.node)),
      whole(median(samples, (sample) => sample.postgres)),
      whole(median(samples, cost)),
      times(median(samples, cost) / median(bare, cost)),
    ];
  });
  const head = [
    'operation',
    'server',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'Node µs',
    'Postgres µs',
    'CPU µs',
    'times bare',
  ];
  const operations = [...new Set(measured.map(({ operation }) => operation))];
  return { table: markdown(head, rows), missed: operations.flatMap((operation) => missedBy(measured, operation)) };
}

/** Of each operation first on the small database, then on the large one. */
export function reportGrowth(measured: Measured[]): Report {
  const grown = [...new Set(measured.map(({ operation }) => operation))].map(({ name }) => {
    const both = measured.filter(({ operation }) => operation.name === name);
    const [few = Number.NaN, many = Number.NaN] = both.map(({ samples }) => median(samples, ({ p50 }) => p50));
    return { name, few, many };
  });
  const head = ['operation', '10 organizations, p50 ms', '2,000 organizations, p50 ms', 'times'];
  const rows = grown.map(({ name, few, many }) => [name, few.toFixed(1), many.toFixed(1), times(many / few)]);
  const missed = grown
    .filter(({ few, many }) => !(many / few <= MOST_GROWTH))
    .map(({ name, few, many }) => `${name}: p50 grew ${times(many / few)} times, at most ${MOST_GROWTH}`);
  return { table: markdown(head, rows), missed };
}

/** Medians of the bursts; their faults are what was missed. */
export function reportBurst(events: number, samples: BurstSample[], faults: string[]): Report {
  const middle = (of: (sample: BurstSample) => number) => whole(median(samples, of));
  const head = ['burst', 'events/s', 'Node µs', 'Postgres µs', 'CPU µs'];
  const costs = [
    middle(({ throughput }) => throughput),
    middle(({ node }) => node),
    middle(({ postgres }) => postgres),
  ];
  return { table: markdown(head, [[`${events} events`, ...costs, middle(cost)]]), missed: faults };
}

export function reportQueue(samples: QueueSamples): Report {
  const ratio = median(samples.ours, cost) / median(samples.bare, cost);
  const row = (name: string, of: QueueSample[], timesBare: number) => [
    name,
    whole(median(of, ({ throughput }) => throughput)),
    whole(median(of, ({ node }) => node)),
    whole(median(of, ({ postgres }) => postgres)),
    whole(median(of, cost)),
    whole(1_000_000 / median(of, cost)),
    times(timesBare),
  ];
  const head = ['queue', 'jobs/s', 'Node µs', 'Postgres µs', 'CPU µs', 'jobs per CPU second', 'times bare'];
  const table = markdown(head, [row('bare', samples.bare, 1), row('ours', samples.ours, ratio)]);
  const sentence = `queue: a job of ours costs ${times(ratio)} times bare, at most ${MOST_TIMES_BARE_QUEUE}`;
  return { table, missed: ratio <= MOST_TIMES_BARE_QUEUE ? [] : [sentence] };
}

function missedBy(measured: Measured[], operation: Operation): string[] {
  const costOf = (server: ServerName) => median(samplesOf(measured, operation, server), cost);
  const [overBare, underTypical] = [costOf('ours') / costOf('bare'), costOf('typical') / costOf('ours')];
  const [most, least] = [MOST_TIMES_BARE[operation.name], LEAST_TIMES_OURS[operation.kind]];
  const missed: string[] = [];
  if (!(overBare <= most)) missed.push(`${operation.name}: ours costs ${times(overBare)} times bare, at most ${most}`);
  if (!(underTypical >= least))
    missed.push(`${operation.name}: typical costs ${times(underTypical)} times ours, at least ${least}`);
  return missed;
}

function samplesOf(measured: Measured[], operation: Operation, name: ServerName): Sample[] {
  return measured.find((entry) => entry.operation === operation && entry.server.name === name)?.samples ?? [];
}

/** Readable at a terminal, and as it stands a table of a README. */
export function markdown(head: string[], rows: string[][]): string {
  const none = '';
  const table = new Table({
    head,
    style: { head: [], border: [] },
    chars: {
      ...{ top: none, 'top-mid': none, 'top-left': none, 'top-right': none },
      ...{ bottom: none, 'bottom-mid': none, 'bottom-left': none, 'bottom-right': none },
      ...{ left: '|', 'left-mid': none, mid: none, 'mid-mid': none, right: '|', 'right-mid': none, middle: '|' },
    },
  });
  table.push(...rows);
  const [first = '', ...others] = table.toString().split('\n');
  return [first, first.replaceAll(/[^|]/g, '-'), ...others].join('\n');
}
