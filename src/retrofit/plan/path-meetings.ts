import type { Table } from '../catalogue/catalogue.js';
import { ident } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { joinSql } from '../derivation/owner-sql.js';
import type { Edge } from './edges.js';
import { edgeName } from './edges.js';
import type { Path } from './paths.js';

/**
 * Two ways that come together before they end, and rows that they lead to two different rows of the table where they do: a
 * payment of one customer for another one's rental. Dirty data, even where both belong to the same organization.
 */
export interface Meeting {
  ways: [number, number];
  table: string;
  /** Rows that lead to two different rows of it. */
  rows: number;
}

interface Prefixes extends Pick<Meeting, 'ways' | 'table'> {
  prefixes: [Edge[], Edge[]];
}

/** In one query; empty where no two ways come together. */
export async function compareMeetings(session: Session, table: Table, paths: Path[]): Promise<Meeting[]> {
  const meetings = meetingsOf(paths);
  if (meetings.length === 0) return [];
  const { counts } = await session.row<{ counts: number[] }>(meetingsSql(table, meetings));
  return meetings
    .map(({ ways, table: name }, place) => ({ ways, table: name, rows: counts[place] ?? 0 }))
    .filter(({ rows }) => rows > 0);
}

function meetingsOf(paths: Path[]): Prefixes[] {
  const plain = paths
    .map((path, way) => ({ ...path, way }))
    .filter(({ climbs, edges }) => !climbs && edges.every(({ isUnique }) => isUnique));
  return plain.flatMap((one, place) =>
    plain.slice(place + 1).flatMap((other) => {
      const prefixes = beforeMeeting(one.edges, other.edges);
      const meeting = prefixes?.[0].at(-1)?.parent;
      return prefixes && meeting
        ? [{ ways: [one.way, other.way] as [number, number], table: meeting.name, prefixes }]
        : [];
    }),
  );
}

/** What two ways have each for themselves; null where they have nothing in common, or nothing for themselves. */
function beforeMeeting(one: Edge[], other: Edge[]): [Edge[], Edge[]] | null {
  let common = 0;
  const isSame = (back: number) => {
    const [mine, theirs] = [one.at(-back), other.at(-back)];
    return mine !== undefined && theirs !== undefined && edgeName(mine) === edgeName(theirs);
  };
  while (isSame(common + 1)) common += 1;
  const prefixes: [Edge[], Edge[]] = [one.slice(0, one.length - common), other.slice(0, other.length - common)];
  return common > 0 && prefixes.every((prefix) => prefix.length > 0) ? prefixes : null;
}

function meetingsSql(table: Table, meetings: Prefixes[]): string {
  const joins = new Map<string, { alias: string; sql: string }>();
  function joined(edges: Edge[]): string {
    const last = edges.at(-1);
    if (!last) return 't';
    const name = edges.map(edgeName).join(' / ');
    const row = joined(edges.slice(0, -1));
    const known = joins.get(name) ?? joinOf(last, row, `m${joins.size}`);
    joins.set(name, known);
    return known.alias;
  }
  const counts = meetings.map(({ prefixes: [one, other] }) => {
    const [mine, theirs] = [joined(one), joined(other)];
    return `count(*) FILTER (WHERE (${mine}.tableoid, ${mine}.ctid) <> (${theirs}.tableoid, ${theirs}.ctid))`;
  });
  return `SELECT to_jsonb(ARRAY[${counts.join(', ')}]) AS counts FROM ${table.sql} AS t${[...joins.values()].map(({ sql }) => sql).join('')}`;
}

function joinOf({ parent, on }: Edge, row: string, alias: string): { alias: string; sql: string } {
  const condition = on.map((column) => `${alias}${joinSql([column], row).slice('p'.length)}`).join(' AND ');
  return { alias, sql: ` LEFT JOIN ${parent.sql} AS ${ident(alias)} ON ${condition}` };
}
