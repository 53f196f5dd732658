import type { Table } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import type { Session } from '../database/session.js';
import { copyOf, edgeOn } from './edges.js';
import type { Edge } from './edges.js';
import { writeJoin } from './join-text.js';
import { likelyLinks, tableOfType, typedLinks } from './likely-links.js';
import type { TypedLink } from './likely-links.js';
import { OwnerQuery } from './owner-query.js';
import type { OwnerRelation } from './owner-relation.js';
import { via } from './owner-relation.js';
import type { Reached } from './usage.js';

/** A join without a foreign key, and how many rows it would give an organization. */
export interface LinkMatch {
  /** As in a plan. */
  from: string;
  on: string;
  /** Only of rows of this type, where a column says of which table its id is. */
  type: { column: string; value: string } | null;
  /** A foreign key declares it the other way round: the row that it leads to is one that refers to this one. */
  isReversed: boolean;
  /** Rows that were looked at. */
  rows: number;
  /** Rows that have a value. */
  named: number;
  /** Rows that find exactly one organization. */
  matched: number;
}

/** Enough to tell a key from a coincidence; whole tables may be large. */
const MOST_ROWS = 100_000;
const MOST_LINKS = 12;
const MOST_TYPES = 20;

/** Joins that nobody declared, best first; those that no row's value speaks for are left out. */
export async function matchLinks(
  session: Session,
  table: Table,
  reached: Reached,
  tables: Table[],
): Promise<LinkMatch[]> {
  const parents = tables.filter(({ oid }) => reached.has(oid));
  const matches: LinkMatch[] = [];
  for (const edge of likelyLinks(table, parents).slice(0, MOST_LINKS))
    matches.push(await matchOf(session, edge, reached, null));
  for (const link of typedLinks(table)) matches.push(...(await typedMatches(session, table, link, reached, tables)));
  return matches.filter(({ matched }) => matched > 0).toSorted((one, other) => other.matched - one.matched);
}

async function typedMatches(
  session: Session,
  table: Table,
  { type, id }: TypedLink,
  reached: Reached,
  tables: Table[],
): Promise<LinkMatch[]> {
  const values = await session.rows<{ value: string }>(
    `SELECT t.${ident(type.name)}::text AS value FROM ${table.sql} AS t WHERE t.${ident(type.name)} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${MOST_TYPES}`,
  );
  const matches: LinkMatch[] = [];
  for (const { value } of values) {
    const parent = tableOfType(value, tables);
    const [key, ...more] = parent?.primaryKey ?? [];
    if (!parent || key === undefined || more.length > 0 || !reached.has(parent.oid)) continue;
    matches.push(
      await matchOf(session, edgeOn(table, parent, [{ child: id.name, parent: key }]), reached, {
        column: type.name,
        value,
      }),
    );
  }
  return matches;
}

async function matchOf(session: Session, edge: Edge, reached: Reached, type: LinkMatch['type']): Promise<LinkMatch> {
  const counts = await session.row<{ rows: number; named: number; matched: number }>(matchSql(edge, reached, type));
  const { from } = copyOf(edge);
  return { from, on: writeJoin(edge.on), type, isReversed: isReversed(edge), ...counts };
}

function isReversed({ child, parent, on }: Edge): boolean {
  return parent.foreignKeys.some(
    ({ references, columns }) => references === child.oid && on.every((column) => columns.includes(column.parent)),
  );
}

function matchSql(edge: Edge, reached: Reached, type: LinkMatch['type']): string {
  const query = new OwnerQuery();
  const { child, on } = edge;
  const relation: OwnerRelation = {
    table: edge.parent,
    answers: reached.get(edge.parent.oid)?.paths.map(({ answer }) => answer) ?? [],
    climbs: [],
    picksNone: false,
  };
  const { join, owner } = query.answer({ ...relation, table: child }, via(edge, relation), 't');
  const columns = on.map((column) => `t.${ident(column.child)}`);
  const condition = type ? `WHERE t.${ident(type.column)}::text = ${literal(type.value)}` : '';
  const named = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const sample = `SELECT ${columns.join(', ')} FROM ${child.sql} AS t ${condition} LIMIT ${MOST_ROWS}`;
  return `${query.with()}SELECT count(*)::int AS rows, count(*) FILTER (WHERE ${named})::int AS named, count(${owner})::int AS matched FROM (${sample}) AS t${join}`;
}
