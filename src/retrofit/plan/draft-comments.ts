import type { ReachedTable } from './draft.js';
import type { DraftedUnreached } from './draft-unreached.js';
import { linkText } from './draft-unreached.js';
import type { Difference } from './path-comparison.js';
import type { Path } from './paths.js';

/** What stands above the tables of a drafted plan: what was found, and what must be decided. */
export function draftComments(reached: ReachedTable[]): Map<string, string[]> {
  return new Map(reached.map((table) => [`tables.${table.paths.table.name}`, commentsOf(table)]));
}

/** Tables that the plan does not name have their comments above all tables. */
export function unreachedComments(unreached: DraftedUnreached[]): Map<string, string[]> {
  const comments = new Map(
    unreached.filter(({ plan }) => plan).map(({ table, why }) => [`tables.${table}`, [sentence(why)]]),
  );
  const open = unreached.filter(({ plan }) => !plan);
  if (open.length > 0) comments.set('tables', [CHOICES, ...open.map(({ table, why }) => `- ${table}: ${why}.`)]);
  return comments;
}

const CHOICES =
  'NOT DECIDED: the tables below lead to no organization by a foreign key. Name each of them with `copy` and `on`, or with one of `shared: true` (everybody sees all of it), `nullable: true` (rows are assigned by hand, or stay with nobody), `default: true` (it belongs to the default organization that `source` names).';
/** Of a table with many ways most pairs say the same again. */
const MOST_DIFFERENCES = 6;

function commentsOf({
  paths: { paths, cuts },
  comparison,
  meetings,
  links,
  isUndecided,
  uncovered,
  plan,
}: ReachedTable): string[] {
  const name = (way: number) => shortName(paths[way]);
  const { rows, answered, conflicts, differences } = comparison;
  const ways = paths.map((_, way) => `${name(way)} (${number(answered[way] ?? 0)})`);
  const isAlone = paths.length === 1 && answered[0] === rows;
  return [
    isAlone
      ? `${number(rows)} rows, all by ${name(0)}.`
      : `${number(rows)} rows; with an organization by ${ways.join(', ')}.`,
    ...(isUndecided ? [notDecided(paths, conflicts)] : []),
    ...differences.slice(0, MOST_DIFFERENCES).map((difference) => differenceText(difference, name)),
    ...(differences.length > MOST_DIFFERENCES
      ? [`${differences.length - MOST_DIFFERENCES} more pairs of ways differ: \`retrofit plan --json\` has them.`]
      : []),
    ...(conflicts > 0 && !isUndecided ? [notAsked(plan.existing, plan.copy.length)] : []),
    ...meetings.map(
      (meeting) =>
        `${name(meeting.ways[0])} and ${name(meeting.ways[1])} come to different rows of ${meeting.table} in ${number(meeting.rows)} rows.`,
    ),
    ...(uncovered > 0
      ? [`${number(uncovered)} rows come to no organization: \`unowned\` says what then (stop unless it is said).`]
      : []),
    ...links.map((link) => `May be: ${linkText(link)}.`),
    ...cuts.map((cut) => `Not followed: ${cut}.`),
  ];
}

function notDecided(paths: Path[], conflicts: number): string {
  if (paths.some(({ answer }) => answer.kind === 'itself'))
    return `NOT DECIDED: ${number(conflicts)} rows stand for an organization, and are below another one that does. Say \`conflicts: first\` (each is one of its own) or \`conflicts: quarantine\`, or narrow \`where\` to those on top.`;
  return `NOT DECIDED: the ways lead to different organizations in ${number(conflicts)} rows. Say \`conflicts: first\` (the order counts) or \`conflicts: quarantine\`, or take ways out.`;
}

function notAsked(existing: boolean, ways: number): string {
  if (existing) return 'What stands in the column counts.';
  return ways === 0
    ? 'Each row of the source stands for itself.'
    : 'They part behind the first step; the next table’s plan says which counts.';
}

function differenceText({ ways: [one, other], rows, examples }: Difference, name: (way: number) => string): string {
  const shown = examples.map(({ key, owners }) => `${key} (${owners.join(' / ')})`).join(', ');
  return `${name(one)} and ${name(other)} differ in ${number(rows)} rows: ${shown}${rows > examples.length ? ', …' : ''}.`;
}

/** Where a way of several steps ends, its last step says. */
const shortName = (path: Path | undefined): string =>
  path?.edges.length === 1 ? path.name : (path?.name.replace(/ > [^>]+$/, '') ?? '');
const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
const number = (value: number): string => value.toLocaleString('en-US');
