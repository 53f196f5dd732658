import { copyOf, edgeName } from './edges.js';
import type { Edge } from './edges.js';
import type { Comparison, Difference } from './path-comparison.js';
import type { Paths } from './paths.js';
import type { TablePlan } from './plan.js';

/** What a table's ways and their comparison lead to. */
export interface DraftedWays {
  plan: TablePlan;
  /** Somebody must say which of the ways counts: they lead to different organizations. */
  isUndecided: boolean;
  /** Rows that none of the chosen ways answers for. */
  uncovered: number;
}

/** Ways that begin with the same foreign key: the plan names its first step, what follows is decided at the next table. */
interface Choice {
  edge: Edge;
  ways: number[];
  length: number;
  answered: number;
}

export const NOTHING_DECIDED: TablePlan = {
  copy: [],
  conflicts: null,
  unowned: 'stop',
  nullable: false,
  default: false,
  existing: false,
  shared: false,
};

/**
 * Where all ways agree, the one that covers most rows (among equals one that every row has, then the shortest), and after it
 * those that cover further rows. Where they do not agree all of them, and nobody has decided.
 * @param holds whether the table has the column already
 */
export function draftWays(paths: Paths, comparison: Comparison, holds: boolean): DraftedWays {
  const choices = choicesOf(paths, comparison);
  const isUndecided = comparison.differences.some((difference) => isOfTwo(choices, difference, paths, holds));
  const chosen = isUndecided ? choices : covering(choices, paths, comparison);
  const ways = new Set([...ownWays(paths), ...chosen.flatMap((choice) => choice.ways)]);
  return {
    plan: {
      ...NOTHING_DECIDED,
      copy: chosen.map(({ edge }) => copyOf(edge)),
      // They agree on every row there is. Of a row to come on which they do not, nobody has said whose it is.
      conflicts: !isUndecided && chosen.length > 0 && standing(paths) + chosen.length > 1 ? 'quarantine' : null,
      existing: holds,
    },
    isUndecided,
    uncovered: rowsWhere(comparison, (answers) => !answers.some((answer, way) => answer && ways.has(way))),
  };
}

/** The source's rows stand for themselves, and what stands in a column stands: neither is a step to another row. */
const ownWays = ({ paths }: Paths): number[] => paths.flatMap(({ edges }, way) => (edges.length === 0 ? [way] : []));

const standing = ({ paths }: Paths): number => paths.filter(({ answer }) => answer.kind === 'itself').length;

function choicesOf({ paths }: Paths, comparison: Comparison): Choice[] {
  const groups = new Map<string, number[]>();
  for (const [
    way,
    {
      edges: [edge],
    },
  ] of paths.entries())
    if (edge) groups.set(edgeName(edge), [...(groups.get(edgeName(edge)) ?? []), way]);
  const choices = [...groups.values()].flatMap((ways): Choice[] => {
    const [first] = ways.map((way) => paths[way]);
    const edge = first?.edges[0];
    if (!first || !edge) return [];
    // Climbing ends somewhere, but not at its first step.
    const length = first.climbs ? Number.MAX_SAFE_INTEGER : first.edges.length;
    return [{ edge, ways, length, answered: rowsWhere(comparison, (answers) => ways.some((way) => answers[way])) }];
  });
  return choices.toSorted(
    (one, other) =>
      other.answered - one.answered ||
      Number(other.edge.isRequired) - Number(one.edge.isRequired) ||
      one.length - other.length,
  );
}

function isOfTwo(choices: Choice[], { ways }: Difference, { paths }: Paths, holds: boolean): boolean {
  const [one, other] = ways.map((way) => choices.findIndex((choice) => choice.ways.includes(way)));
  if (one === other) return false;
  // What a column says is right where a plan says `existing`; the difference is told, not asked.
  return !(holds && ways.some((way) => paths[way]?.edges.length === 0));
}

function covering(choices: Choice[], paths: Paths, { rows, patterns }: Comparison): Choice[] {
  // Nothing can be compared in an empty table: none of its ways is left out.
  if (rows === 0) return choices;
  const own = ownWays(paths);
  let open = patterns.filter(({ answers }) => !own.some((way) => answers[way]));
  const chosen: Choice[] = [];
  for (;;) {
    const gains = choices.map((choice) => ({
      choice,
      gain: sum(open.filter(({ answers }) => choice.ways.some((way) => answers[way]))),
    }));
    const best = gains.toSorted((one, other) => other.gain - one.gain)[0];
    if (!best || best.gain === 0) return chosen.length === 0 && own.length === 0 ? choices.slice(0, 1) : chosen;
    chosen.push(best.choice);
    open = open.filter(({ answers }) => !best.choice.ways.some((way) => answers[way]));
  }
}

function rowsWhere({ patterns }: Comparison, holds: (answers: boolean[]) => boolean): number {
  return sum(patterns.filter(({ answers }) => holds(answers)));
}

const sum = (patterns: { rows: number }[]): number => patterns.reduce((total, { rows }) => total + rows, 0);
