import type { Draft, ReachedTable } from './draft.js';
import type { DraftedUnreached } from './draft-unreached.js';
import type { LinkMatch } from './link-matches.js';
import type { Comparison, Example } from './path-comparison.js';

/** What a draft found, as data for machines: everything by its name. */
export interface Findings {
  reached: ReachedFindings[];
  unreached: Omit<DraftedUnreached, 'plan'>[];
}

export interface ReachedFindings {
  table: string;
  rows: number;
  ways: { path: string; rows: number }[];
  /** Rows with at least two different answers. */
  conflicts: number;
  differences: { ways: [string, string]; rows: number; examples: Example[] }[];
  /** Pairs of ways that come to two different rows of the same table. */
  meetings: { ways: [string, string]; table: string; rows: number }[];
  /** Rows that the drafted ways find nobody for. */
  uncovered: number;
  links: LinkMatch[];
  cuts: string[];
}

export function findingsOf({ reached, unreached }: Pick<Draft, 'reached' | 'unreached'>): Findings {
  return {
    reached: reached.map(reachedFindings),
    unreached: unreached.map(({ table, why, usage, links }) => ({ table, why, usage, links })),
  };
}

function reachedFindings({
  paths: { table, paths, cuts },
  comparison,
  meetings,
  uncovered,
  links,
}: ReachedTable): ReachedFindings {
  const named = ([one, other]: [number, number]): [string, string] => [
    paths[one]?.name ?? '',
    paths[other]?.name ?? '',
  ];
  const { rows, answered, conflicts, differences }: Comparison = comparison;
  return {
    table: table.name,
    rows,
    ways: paths.map(({ name }, way) => ({ path: name, rows: answered[way] ?? 0 })),
    conflicts,
    differences: differences.map(({ ways, ...difference }) => ({ ...difference, ways: named(ways) })),
    meetings: meetings.map(({ ways, ...meeting }) => ({ ...meeting, ways: named(ways) })),
    uncovered,
    links,
    cuts,
  };
}
