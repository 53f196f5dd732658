import type { Table } from '../catalogue/catalogue.js';
import type { Session } from '../database/session.js';
import { NOTHING_DECIDED } from './draft-ways.js';
import { matchLinks } from './link-matches.js';
import type { LinkMatch } from './link-matches.js';
import type { PathMap } from './paths.js';
import type { Source, TablePlan } from './plan.js';
import { usageOf } from './usage.js';
import type { Reached, Usage } from './usage.js';

/** A table that no foreign key leads from to an organization. */
export interface DraftedUnreached {
  table: string;
  /** Null where somebody must decide. */
  plan: TablePlan | null;
  why: string;
  usage: Usage | null;
  links: LinkMatch[];
}

export interface Surroundings {
  map: PathMap;
  reached: Reached;
  tables: Table[];
  source: Source;
}

export async function draftUnreached(session: Session, around: Surroundings, table: Table): Promise<DraftedUnreached> {
  const nothing = { table: table.name, usage: null, links: [] };
  if (!table.mayBeRead) return { ...nothing, plan: null, why: 'this role may not read it' };
  if (isAllDefault(around.source))
    return {
      ...nothing,
      plan: { ...NOTHING_DECIDED, default: true },
      why: 'there is one organization, and it has everything',
    };
  const usage = await usageOf(session, around.map, around.reached, table);
  const links = (await matchLinks(session, table, around.reached, around.tables)).filter(
    (link) => usage.usedBySeveral === 0 || !link.isReversed,
  );
  const isShared = links.length === 0 && usage.usedBySeveral > 0 && peopleColumns(table).length === 0;
  return {
    table: table.name,
    usage,
    links,
    plan: isShared ? { ...NOTHING_DECIDED, shared: true } : null,
    why: whyOf(table, usage, links, isShared),
  };
}

function isAllDefault({ each, existing, default: ours }: Source): boolean {
  return ours !== undefined && each === undefined && existing === undefined;
}

function whyOf(table: Table, usage: Usage, links: LinkMatch[], isShared: boolean): string {
  const used = usedBy(usage);
  if (isShared) return `no foreign key leads to an organization, and ${used}: it looks like reference data`;
  const people = peopleColumns(table);
  const reasons = [
    'no foreign key leads to an organization',
    ...(usage.rows === 0 ? ['it is empty'] : [used]),
    ...(people.length > 0 ? [`it speaks of people (${people.join(', ')})`] : []),
    ...links.map(linkText),
  ];
  return reasons.join('; ');
}

function usedBy({ rows, usedBySeveral, usedByOne, organizations, through }: Usage): string {
  if (through.length === 0) return 'nothing that leads to one refers to it';
  const by = `through ${through.join(', ')}`;
  if (usedBySeveral > 0)
    return `${number(usedBySeveral)} of its ${number(rows)} rows are used by several organizations (${by})`;
  if (usedByOne === 0) return `none of its ${number(rows)} rows is used (${by})`;
  if (organizations === 1)
    return `${number(usedByOne)} of its ${number(rows)} rows are used, and there is one organization to use them (${by})`;
  return `${number(usedByOne)} of its ${number(rows)} rows are used, each by one organization only (${by}): they may be that organization’s`;
}

/** What a join without a foreign key would do: a proposal, for the values may agree by chance. */
export function linkText({ from, on, type, rows, named, matched }: LinkMatch): string {
  const share = `finds the organization of ${number(matched)} of ${number(rows)} rows${named < rows ? ` (${number(named)} have a value)` : ''}`;
  if (!type) return `\`{ copy: ${from}, on: ${on} }\` ${share}`;
  return `rows with ${type.column} ‘${type.value}’ point to ${from}: ${on} ${share}; a plan joins all rows alike, so give those rows a plain column of their own, filled by a trigger of yours (not GENERATED, which triggers cannot read), before it can say so`;
}

const number = (value: number): string => value.toLocaleString('en-US');

/** Columns that only rows about people have: such a table is not shared because nothing says that it is somebody's. */
function peopleColumns({ columns }: Table): string[] {
  return columns
    .map(({ name }) => name)
    .filter((name) =>
      /^(e_?mail|birth_?(date|day)|date_?of_?birth|password\w*|passwd|ssn|salary|wa_?id|phone_?number)$/i.test(
        name.replaceAll(/([a-z])([A-Z])/g, '$1_$2'),
      ),
    );
}
