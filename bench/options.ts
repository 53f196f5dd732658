import { parseArgs } from 'node:util';
import type { SeedSize } from './seed.js';

export interface Options {
  size: SeedSize;
  databaseUrl: string | undefined;
  rounds: number;
  requests: number;
  connections: number;
  smoke: boolean;
  only: 'costs' | 'growth' | 'all';
}

export const HELP = `npm run bench -- [options]
  --smoke             compare the answers of all three servers; measures nothing
  --growth            only how the lists' latency grows, from 10 organizations and
                      10,000 messages to 2,000 and 2,000,000
  --no-growth         all but that
  --organizations N   500
  --messages N        2000000
  --rounds N          3; each measures every server on every operation
  --requests N        4000; of each measurement
  --connections N     32
  --database-url URL  a Postgres on this machine, as a user who may create databases; default: one that is thrown away`;

/** Throws on what it does not know. */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      smoke: flag,
      growth: { type: 'boolean' },
      organizations: { ...text, default: '500' },
      messages: { ...text, default: '2000000' },
      rounds: { ...text, default: '3' },
      requests: { ...text, default: '4000' },
      connections: { ...text, default: '32' },
      'database-url': text,
    },
  });
  return {
    size: { organizations: whole(values.organizations, 2), messages: whole(values.messages, 20) },
    databaseUrl: values['database-url'],
    rounds: whole(values.rounds, 1),
    requests: whole(values.requests, 1),
    connections: whole(values.connections, 1),
    smoke: values.smoke,
    only: values.growth === undefined ? 'all' : values.growth ? 'growth' : 'costs',
  };
}

function whole(text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`${text} must be a whole number of ${least} or more`);
}
