import { parseArgs } from 'node:util';
import type { SeedSize } from './seed.js';

export interface Options {
  size: SeedSize;
  databaseUrl: string | undefined;
  rounds: number;
  requests: number;
  connections: number;
  smoke: boolean;
  /** Of the bursts, and of the queue's rounds. */
  events: number;
  jobs: number;
  parts: Part[];
}

/** What is measured, in this order. */
export const PARTS = ['costs', 'burst', 'queue', 'growth'] as const;
export type Part = (typeof PARTS)[number];

export const HELP = `npm run bench -- [options]
  --smoke             compare the answers of all three servers, try the burst and the queue
                      in small; measures nothing
  --costs             only what requests cost, beside the two other servers
  --burst             only the burst of webhooks over 200 pages
  --queue             only the queue of what is sent, beside bare graphile-worker
  --growth            only how the lists' latency grows, from 10 organizations and
                      10,000 messages to 2,000 and 2,000,000
  --no-growth         all but that; so with the others
  --organizations N   500
  --messages N        2000000
  --rounds N          3; each measures every server on every operation
  --requests N        4000; of each measurement
  --connections N     32; of each measurement, and of the burst
  --events N          5000; of each burst
  --jobs N            2000; of each round of the queue
  --database-url URL  a Postgres on this machine, as a user who may create databases; default: one that is thrown away`;

/** Throws on what it does not know. */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const part = { type: 'boolean' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      smoke: flag,
      ...{ costs: part, burst: part, queue: part, growth: part },
      organizations: { ...text, default: '500' },
      messages: { ...text, default: '2000000' },
      rounds: { ...text, default: '3' },
      requests: { ...text, default: '4000' },
      connections: { ...text, default: '32' },
      events: { ...text, default: '5000' },
      jobs: { ...text, default: '2000' },
      'database-url': text,
    },
  });
  return {
    size: { organizations: whole(values.organizations, 2), messages: whole(values.messages, 20) },
    databaseUrl: values['database-url'],
    rounds: whole(values.rounds, 1),
    requests: whole(values.requests, 1),
    connections: whole(values.connections, 1),
    events: whole(values.events, 1),
    jobs: whole(values.jobs, 1),
    smoke: values.smoke,
    parts: partsOf(values),
  };
}

/** Those that are named; where none is, all that are not excluded. */
function partsOf(named: Partial<Record<Part, boolean>>): Part[] {
  const only = PARTS.filter((part) => named[part]);
  return only.length > 0 ? only : PARTS.filter((part) => named[part] !== false);
}

function whole(text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`${text} must be a whole number of ${least} or more`);
}
